/** How long a program of the system may take to answer. */
const TIMEOUT_MS = 5_000

/**
 * What a program of the system prints, without the space around it; empty where it fails or is not there. What starts
 * programs is loaded only where one is asked: on Linux files tell the same.
 */
export function systemQuery(file: string, args: readonly string[]): string {
  const { execFileSync } = process.getBuiltinModule('node:child_process')
  try {
    return execFileSync(file, args, {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return ''
  }
}
