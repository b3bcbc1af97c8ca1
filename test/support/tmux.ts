import { execFileSync, spawnSync } from 'node:child_process'
import { eventually } from './poll.ts'

/** Whether there is a tmux here. */
export const hasTmux: boolean = spawnSync('tmux', ['-V']).status === 0

/** A shell in a terminal of a given size, which a test types into and reads. */
export interface TmuxShell {
  /** Keys by their names in tmux (`Enter`, `C-c`, `PageUp`), or text. */
  press(...keys: string[]): void
  /** What the terminal shows now, without blanks at the ends of lines. */
  screen(): string
  /** What has scrolled out of it, and what it shows. */
  everything(): string
  /** Waits until the check holds for what is shown; gives what was shown. */
  until(check: (screen: string) => void): Promise<string>
  resize(columns: number, rows: number): void
  isCursorVisible(): boolean
  /** Ends the shell and all that is in it. */
  close(): void
}

const WITHIN_MS = 15_000

/** Opens a shell, by way of a tmux server of its own. */
export function openShell(options: {
  cwd: string
  columns: number
  rows: number
  env: Record<string, string>
}): TmuxShell {
  const server = `jarvis-test-${process.pid}-${Math.random().toString(36).slice(2)}`
  const tmux = (...parameters: string[]): string =>
    execFileSync('tmux', ['-L', server, '-f', '/dev/null', ...parameters], {
      encoding: 'utf8',
      env: { ...options.env, TERM: 'xterm-256color' },
      cwd: options.cwd,
    })
  const size = ['-x', String(options.columns), '-y', String(options.rows)]
  tmux('-u', 'new-session', '-d', '-s', 'test', ...size, 'env PS1="$ " bash --norc --noprofile')
  const screen = (): string => tmux('capture-pane', '-p', '-t', 'test').replaceAll(/ +$/gm, '')
  return {
    press: (...keys) => void tmux('send-keys', '-t', 'test', ...keys),
    screen,
    everything: () => tmux('capture-pane', '-p', '-S', '-', '-t', 'test').replaceAll(/ +$/gm, ''),
    async until(check) {
      return eventually(WITHIN_MS, () => {
        const shown = screen()
        check(shown)
        return shown
      })
    },
    resize: (columns, rows) =>
      void tmux('resize-window', '-t', 'test', '-x', String(columns), '-y', String(rows)),
    isCursorVisible: () => tmux('display', '-p', '-t', 'test', '#{cursor_flag}').trim() === '1',
    close: () => void spawnSync('tmux', ['-L', server, 'kill-server']),
  }
}
