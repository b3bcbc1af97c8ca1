/** The command that ends a process. On Windows what has no window ends by force alone, and takes its tree along. */
export function stopCommand(pid: number, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? `taskkill /F /T /PID ${pid}` : `kill ${pid}`
}
