import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { cleanEnvironment } from './support/run.ts'
import { hasTmux, openShell } from './support/tmux.ts'

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const SESSION = 'RUN_20260216_231205'
const LONG = { tags: ['long'] }

/** How each shell is started without what its user has set up, and reads the script. */
const SHELLS = {
  bash: ['source <(jarvis completion bash)'],
  zsh: [
    'exec zsh -f',
    "PS1='$ '; autoload -Uz compinit; compinit -u -D; source <(jarvis completion zsh)",
  ],
  fish: ['exec fish --no-config', 'jarvis completion fish | source'],
} as const
const LINES = [
  ['jarvis verif', 'jarvis verify'],
  ['jarvis show RUN_', `jarvis show ${SESSION}`],
  ['jarvis doctor pl', 'jarvis doctor plans/night.yaml'],
  ['jarvis prune --dr', 'jarvis prune --dry-run'],
  ['jarvis trend pass_', 'jarvis trend pass_rate'],
] as const
const WHOLE = LINES.map(([, line]) => line)
type Shell = keyof typeof SHELLS

/** Why a shell cannot be tried here; empty where it can. */
function whyNot(shell: Shell): string {
  const missing = [...(hasTmux ? [] : ['tmux']), ...(has(shell) ? [] : [shell])]
  return missing.length === 0 ? '' : ` (there is no ${missing.join(' and no ')} here)`
}

function has(name: string): boolean {
  return spawnSync(name, ['--version']).status === 0
}

/** A folder with one session, one plan and a `jarvis` on PATH. */
function folder(): { root: string; env: Record<string, string> } {
  const root = mkdtempSync(join(tmpdir(), 'jarvis-tab-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const bin = join(root, 'bin')
  for (const name of [`logs/${SESSION}`, 'plans', 'bin', 'home']) {
    mkdirSync(join(root, name), { recursive: true })
  }
  writeFileSync(join(root, 'plans/night.yaml'), 'name: Night\n')
  writeFileSync(join(bin, 'jarvis'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
  chmodSync(join(bin, 'jarvis'), 0o755)
  const env = { ...(cleanEnvironment() as Record<string, string>), HOME: join(root, 'home') }
  return { root, env: { ...env, PATH: `${bin}:${process.env['PATH']}` } }
}

/** What a line that is typed becomes at the key Tab, in a real terminal. */
async function typed(shell: Shell): Promise<string[]> {
  const { root, env } = folder()
  const terminal = openShell({ cwd: root, columns: 100, rows: 20, env })
  const shown: string[] = []
  try {
    for (const line of SHELLS[shell]) {
      // oxlint-disable-next-line no-await-in-loop -- a person types one line after another
      await terminal.until((screen) => expect(screen.trimEnd()).toMatch(/[$#>]$/))
      terminal.press(line, 'Enter')
    }
    terminal.press('echo re""ady', 'Enter')
    await terminal.until((screen) => expect(screen).toMatch(/^ready$/m))
    for (const [text, whole] of LINES) {
      terminal.press(text, 'Tab')
      // oxlint-disable-next-line no-await-in-loop -- see above
      const screen = await terminal.until((one) => expect(one).toContain(whole))
      shown.push(...LINES.map(([, line]) => line).filter((line) => screen.includes(line)))
      terminal.press('C-u')
    }
    return [...new Set(shown)]
  } finally {
    terminal.close()
  }
}

test.skipIf(whyNot('bash') !== '')(`bash completes what is typed${whyNot('bash')}`, async () => {
  expect(await typed('bash')).toEqual(WHOLE)
})

test.skipIf(whyNot('zsh') !== '')(`zsh completes what is typed${whyNot('zsh')}`, LONG, async () => {
  expect(await typed('zsh')).toEqual(WHOLE)
})

test.skipIf(whyNot('fish') !== '')(
  `fish completes what is typed${whyNot('fish')}`,
  LONG,
  async () => {
    expect(await typed('fish')).toEqual(WHOLE)
  },
)

test('the script of PowerShell registers jarvis, and another shell is told which there are', () => {
  const { root, env } = folder()
  const ask = (shell: string) =>
    spawnSync(process.execPath, [program, 'completion', shell], {
      cwd: root,
      env,
      encoding: 'utf8',
    })
  expect(ask('powershell').stdout).toContain("Register-ArgumentCompleter -CommandName 'jarvis'")
  expect(ask('tcsh')).toMatchObject({
    status: 2,
    stderr: 'Expected one shell: bash, zsh, fish, powershell. See: jarvis completion --help\n',
  })
})
