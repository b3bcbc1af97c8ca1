import { expect, test } from 'vitest'
import type { Ancestor } from './ancestors.ts'
import { isHangUpIgnored, launchersAmong } from './launchers.ts'

/** Command lines from the parent upwards; a `!` says that it ignores SIGHUP. */
function above(...lines: string[]): Ancestor[] {
  return lines.map((line, index) => ({
    pid: 100 - index,
    start: 'then',
    // A title that npm has written is one word.
    words: line.startsWith('npm ') ? [line] : line.replace(/^!/, '').split(' '),
    ignoresHangUp: line.startsWith('!'),
  }))
}

test.each<[string[], string[]]>([
  [['sh -c vitest', 'npm exec vitest run', '-bash'], ['npm']],
  [['sh -c vitest', 'node /usr/lib/node_modules/npm/bin/npx-cli.js vitest', 'bash'], ['npx']],
  [['/bin/bash -lc vitest', 'node /opt/pnpm/bin/pnpm.cjs exec vitest'], ['pnpm']],
  [['/bin/sh -c vitest', '/usr/bin/node /usr/share/yarn/bin/yarn.js vitest'], ['yarn']],
  [['node /p/.yarn/releases/yarn-4.9.1.cjs vitest', 'zsh'], ['yarn']],
  [['node --no-warnings /usr/lib/corepack/dist/pnpm.js run night'], ['pnpm']],
  [['bun run night', 'fish'], ['bun']],
  [
    ['sh -c npm run b', 'npm run b', 'sh -c npm run a', 'npm run a', 'zsh'],
    ['npm', 'npm'],
  ],
  [['node node_modules/.bin/cross-env A=1 vitest', 'sh -c cross-env', 'npm run night'], ['npm']],
  [['timeout 8h vitest', 'sh -c timeout', 'npm run night'], ['npm']],
  [['bash night.sh', 'sh -c bash night.sh', 'npm run night'], []],
  [['-bash', 'npm exec bash'], []],
  [['zsh', 'tmux'], []],
  [['node /srv/npm-check/index.js', 'bash'], []],
  [['/usr/sbin/cron -f'], []],
])('of %j the launchers are %j', (lines, names) => {
  expect(launchersAmong(above(...lines), null).map(({ name }) => name)).toEqual(names)
})

test('`jarvis run` is one, and what has started it another', () => {
  const lines = ['node /p/node_modules/.bin/jarvis run', 'sh -c jarvis run', 'npm exec jarvis run']
  expect(launchersAmong(above(...lines), 100)).toEqual([
    { pid: 100, start: 'then', name: 'jarvis run' },
    { pid: 98, start: 'then', name: 'npm' },
  ])
})

const SILENT = { called: '/usr/bin/node', hasInputOfNohup: false }
const BY_NAME = { called: '/usr/bin/nohup', hasInputOfNohup: false }
const BY_INPUT = { called: '', hasInputOfNohup: true }

test.each([
  ['nothing says so', ['-bash'], SILENT, false],
  ['nohup was called from a terminal', ['-bash'], BY_NAME, true],
  ['nohup has put something in the place of the terminal', ['fish'], BY_INPUT, true],
  [
    'nohup was called, and has started npx',
    ['sh -c vitest', 'npm exec vitest', 'bash'],
    BY_NAME,
    true,
  ],
  ['a script ignores it', ['sh -c vitest', 'npm exec vitest', '!bash night.sh'], SILENT, true],
  ['make ignores it', ['sh -c vitest', '!make night'], SILENT, true],
  [
    'nohup was meant for the program that has started this one',
    ['node server.js', 'bash'],
    BY_NAME,
    false,
  ],
])('that a terminal closes is ignored, where %s: %j %j %s', (_why, lines, trace, ignored) => {
  expect(isHangUpIgnored(above(...lines), trace, null)).toBe(ignored)
})
