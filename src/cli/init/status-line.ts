/** What became of a file, as `jarvis init` tells it. */
export function statusLine(status: 'wrote' | 'exists', what: string): string {
  return `${status.padEnd(8)}${what}`
}
