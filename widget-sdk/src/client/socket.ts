/** The part of `WebSocket` that the client uses. */
export type SocketLike = Pick<
  WebSocket,
  'binaryType' | 'onopen' | 'onmessage' | 'onclose' | 'onerror' | 'readyState' | 'send' | 'close'
>

/** A `WebSocket` class: the browser's own, or one of Node's packages. */
export type SocketConstructor = new (url: string, protocols: string) => SocketLike
