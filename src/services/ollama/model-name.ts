/** The name by which two spellings of a model can be compared: with its tag, without the usual host and namespace. */
export function canonicalName(name: string): string {
  const short = name
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^registry\.ollama\.ai\//, '')
    .replace(/^library\//, '')
  const last = short.slice(short.lastIndexOf('/') + 1)
  return last.includes(':') ? short : `${short}:latest`
}
