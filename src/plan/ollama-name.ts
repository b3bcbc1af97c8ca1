/** The whole name of a model of Ollama: with its tag, without the usual host and namespace. */
export function wholeOllamaName(name: string): string {
  const short = name
    .replace(/^https?:\/\//i, '')
    .replace(/^registry\.ollama\.ai\//i, '')
    .replace(/^library\//i, '')
  const last = short.slice(short.lastIndexOf('/') + 1)
  return last.includes(':') ? short : `${short}:latest`
}

/** The name by which two spellings of a model can be compared where Ollama tells them. */
export function ollamaName(name: string): string {
  return wholeOllamaName(name).toLowerCase()
}
