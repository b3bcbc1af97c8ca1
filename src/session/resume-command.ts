/** The command that lets a session go on, as a person types it. */
export function resumeCommand(session: string): string {
  return `npx --no-install jarvis resume ${session}`
}
