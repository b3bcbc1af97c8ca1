type Environment = Readonly<Record<string, string | undefined>>

/** The signs of the screen, each one column wide. */
export interface Glyphs {
  full: string
  empty: string
  prior: string
  peak: string
  need: string
  rule: string
  waiting: string
  starting: string
  ready: string
  failed: string
  stopped: string
  spinner: readonly string[]
}

const UNICODE: Glyphs = {
  full: '█',
  empty: '░',
  prior: '┊',
  peak: '┃',
  need: '╿',
  rule: '─',
  waiting: '·',
  starting: '◌',
  ready: '●',
  failed: '×',
  stopped: '✓',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
}

const ASCII: Glyphs = {
  full: '#',
  empty: '.',
  prior: ':',
  peak: '|',
  need: '!',
  rule: '-',
  waiting: '.',
  starting: 'o',
  ready: '*',
  failed: 'x',
  stopped: '+',
  spinner: ['|', '/', '-', '\\'],
}

/** Signs that the terminal's font has: old Windows consoles and the Linux console know few. */
export function glyphsFor(env: Environment, platform: string): Glyphs {
  if (platform !== 'win32') return env['TERM'] === 'linux' ? ASCII : UNICODE
  const isModern = ['WT_SESSION', 'TERM_PROGRAM', 'ConEmuTask', 'TERMINAL_EMULATOR', 'TERM']
  return isModern.some((name) => env[name] !== undefined) ? UNICODE : ASCII
}
