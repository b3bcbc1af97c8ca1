import type { TerminalStream } from './types.ts'

/** The smallest terminal that the dashboard fits. */
export const LEAST_COLUMNS = 60
export const LEAST_ROWS = 16

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Whether events are drawn on a live screen there; otherwise they are plain lines. Who says how colours are to be wants
 * text to read, not a screen; `JARVIS_DASHBOARD=live` asks for the screen wherever it fits.
 */
export function shouldUseDashboard(
  env: Environment,
  stdout: Pick<TerminalStream, 'isTTY' | 'columns' | 'rows'>,
): boolean {
  if (stdout.isTTY !== true || env['TERM'] === 'dumb') return false
  const isText = Boolean(env['NO_COLOR']) || Boolean(env['FORCE_COLOR']) || isOn(env['CI'])
  if (env['JARVIS_DASHBOARD'] === 'plain') return false
  if (isText && env['JARVIS_DASHBOARD'] !== 'live') return false
  return (stdout.columns ?? 0) >= LEAST_COLUMNS && (stdout.rows ?? 0) >= LEAST_ROWS
}

/** Colours as picocolors and others have it: NO_COLOR first, then FORCE_COLOR, then the terminal. */
export function hasColours(env: Environment, stdout: Pick<TerminalStream, 'isTTY'>): boolean {
  if (env['NO_COLOR']) return false
  const forced = env['FORCE_COLOR']
  if (forced) return isOn(forced)
  return stdout.isTTY === true && env['TERM'] !== 'dumb'
}

/** Whether the terminal is known to show OSC 8 links, or to leave them out without a trace. */
export function hasLinks(env: Environment, stdout: Pick<TerminalStream, 'isTTY'>): boolean {
  if (env['FORCE_HYPERLINK'] !== undefined) return isOn(env['FORCE_HYPERLINK'])
  if (stdout.isTTY !== true || env['TMUX'] !== undefined) return false
  if (env['WT_SESSION'] !== undefined || env['KITTY_WINDOW_ID'] !== undefined) return true
  if (/^(?:iTerm\.app|WezTerm|vscode|ghostty|Hyper|Tabby|rio)$/.test(env['TERM_PROGRAM'] ?? ''))
    return true
  // The first version of VTE (GNOME's and Xfce's terminals) whose links do not crash it.
  if (Number(env['VTE_VERSION'] ?? 0) > 5_000) return true
  return /^(?:xterm-kitty|alacritty|foot|xterm-ghostty)/.test(env['TERM'] ?? '')
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
