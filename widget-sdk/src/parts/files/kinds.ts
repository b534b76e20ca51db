/** Types of files by how their names end: not every system knows them all, and some have names of their own for them. */
const BY_ENDING: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heic: 'image/heic',
  heif: 'image/heif',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  pdf: 'application/pdf',
  zip: 'application/zip',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/plain',
  csv: 'text/csv',
  json: 'application/json',
}

/** What a file is, in a word of `types` if it is one of these: what the system says, else by how its name ends. */
export function typeOf({ name, type }: Pick<File, 'name' | 'type'>, types: readonly string[]): string {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const known = BY_ENDING[ending]
  return known && !types.includes(type) ? known : type
}

/** Types as people know them, each once: `PNG, JPG, PDF`. */
export function endings(types: readonly string[]): string[] {
  const known = Object.entries(BY_ENDING)
  const ending = (type: string) => known.find(([, its]) => its === type)?.[0] ?? type.replace(/.*\//, '')
  return [...new Set(types.map(type => ending(type).toUpperCase()))]
}
