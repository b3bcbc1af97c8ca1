import { posix } from 'node:path'
import type { OllamaHost } from './host.ts'
import type { HostProcess } from '../processes/process-table.ts'
import { isDesktopApp } from './recognise.ts'

/** What starts Ollama again on macOS and Windows, and was found here. */
export interface DesktopStarters {
  apps: HostProcess[]
  /** Whether launchd runs it for Homebrew. */
  brew: boolean
}

const BREW_LABEL = 'homebrew.mxcl.ollama'

export function findStarters(host: OllamaHost, processes: readonly HostProcess[]): DesktopStarters {
  const apps = processes.filter(isDesktopApp)
  const agent = posix.join(host.home, 'Library', 'LaunchAgents', `${BREW_LABEL}.plist`)
  return { apps, brew: host.platform === 'darwin' && host.exists(agent) }
}

/** Asks the macOS app to quit, then Homebrew to stop its service. The tray app of Windows is ended as a process. */
export async function stopStarters(
  host: OllamaHost,
  { apps, brew }: DesktopStarters,
  signal: AbortSignal,
): Promise<void> {
  if (host.platform !== 'darwin') return
  if (apps.length > 0) await host.run('osascript', ['-e', 'quit app "Ollama"'], signal)
  if (!brew) return
  const { code } = await host.run('brew', ['services', 'stop', 'ollama'], signal)
  if (code === 0) return
  // A terminal's PATH may lack Homebrew; launchd knows the job all the same.
  await host.run('launchctl', ['remove', BREW_LABEL], signal)
}
