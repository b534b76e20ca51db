/** What the client keeps things in: the part of `Storage` (`localStorage`) that it uses. */
export type KeyValue = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>
