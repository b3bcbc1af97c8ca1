// @module-tag long
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { otherNode } from './support/other-node.ts'
import { createProject } from './support/project.ts'
import { vitestProgram } from './support/run.ts'

const repository = dirname(fileURLToPath(new URL('.', import.meta.url)))
const PROGRAM = join(repository, 'dist/cli/main.js')
/** The first version that `engines` names. */
const OLDEST = '22.18.0'
const LONG_MS = 120_000

const oldestNode = otherNode(OLDEST)

// Skipped where npm's registry cannot be reached.
describe.skipIf(oldestNode === null)(`on Node ${OLDEST}`, () => {
  test(
    'a project is made, run and looked at, without a warning',
    { timeout: LONG_MS },
    async () => {
      const { root, runtime } = createProject('plain')
      const env = { XDG_RUNTIME_DIR: runtime }
      const node = (...args: string[]) => run(oldestNode!, args, root, env)
      const quiet = { code: 0, stderr: '' }
      const imported =
        "import('jarvis').then((all) => console.log(process.version, ...Object.keys(all)))"
      const loaded = await node('-e', imported)
      expect(loaded).toEqual({ ...quiet, stdout: `v${OLDEST} JarvisError default jarvis\n` })
      expect(await node(PROGRAM, '--version')).toMatchObject(quiet)
      expect(await node(PROGRAM, 'init', '--engine', 'sim')).toMatchObject(quiet)
      const whole = await node(vitestProgram, 'run', '--config', 'jarvis')
      expect(whole).toMatchObject(quiet)
      expect(whole.stdout).toContain('Finished Test Run: PASSED (5 passed, 0 failed, 0 missing)')
      const commands =
        'doctor, list, show, export, check --max-failures 0, compare latest latest, trend duration, watch --plain, report'
      for (const command of commands.split(', ')) {
        // oxlint-disable-next-line no-await-in-loop -- as a person would
        expect(await node(PROGRAM, ...command.split(' ')), command).toMatchObject(quiet)
      }
    },
  )
})

test.skipIf(process.platform === 'win32')(
  'in a clone the built program may be started, also by npx',
  async () => {
    expect(statSync(PROGRAM).mode & 0o111).toBe(0o111)
    const said = await run('npx', ['--no-install', 'jarvis', '--version'], repository)
    expect(said).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  },
)

describe("what npm's registry has under the name jarvis is somebody else's package", () => {
  test.for([
    ['npx jarvis init', ['npx jarvis']],
    ['npx -y jarvis', ['npx -y jarvis']],
    ['npm exec jarvis -- list', ['npm exec jarvis']],
    ['npm install --save-dev jarvis vitest@5', ['npm install --save-dev jarvis']],
    ['See `npm i -D\n  jarvis@1` there', ['npm i -D jarvis@1']],
    [
      'npx --no-install jarvis init && npm i -D ../jarvis jarvis@npm:its-name ./jarvis-0.1.0.tgz',
      [],
    ],
    ['npx vitest run --config jarvis', []],
    ['yarn add --dev jarvis@file:../jarvis-0.1.0.tgz', []],
    ['pnpm exec jarvis init', []],
    ['yarn add --dev jarvis && bunx jarvis', ['bunx jarvis', 'yarn add --dev jarvis']],
  ] as const)('%j advises to take it by: %j', ([words, found]) => {
    expect(advised(words)).toEqual(found)
  })

  test('nothing that is written here, and nothing that can be printed, advises to take it', () => {
    const patterns = [
      '*.md',
      'package.json',
      '{docs,bench}/**/*.md',
      '{dist,schema,plans,scenarios}/**/*.{json,js,ts,yaml,html}',
    ]
    const files = globSync(patterns, { cwd: repository })
    expect(files.length).toBeGreaterThan(300)
    const found = files.flatMap((file) =>
      advised(readFileSync(join(repository, file), 'utf8')).map((form) => `${file}: ${form}`),
    )
    expect(found).toEqual([])
  })

  test('init tells where to install from, and writes nothing that advises to take it', async () => {
    const root = join(dirname(createProject('plain').root), 'elsewhere')
    mkdirSync(root)
    const { stdout } = await run(process.execPath, [PROGRAM, 'init', '--engine', 'sim'], root)
    const from = JSON.stringify(repository)
    expect(stdout).toContain(`\nInstall:  npm install --save-dev ${from} vitest@5\n`)
    const files = globSync('**/*.{ts,mts,yaml}', { cwd: root })
    expect(files.length).toBeGreaterThan(5)
    const written = files.map((file) => readFileSync(join(root, file), 'utf8'))
    expect(advised([stdout, ...written].join('\n'))).toEqual([])
  })
})

/** Commands in a text that would fetch, or install, what the registry has. */
function advised(words: string): string[] {
  const fetching =
    /\b(?:npx|bunx|pnpx|(?:pnpm|yarn) dlx|npm (?:exec|x))(?: (?!--no-install)-\S+)* jarvis\b(?![./-])/g
  const installing =
    /\b(?:npm|pnpm|yarn|bun) (?:i|add|install)(?: [^\s`'"]+)*? jarvis(?:@(?!(?:npm|file):)[\w.^~-]+)?(?![\w/.@-])/g
  // A command within a sentence may go over two lines; blocks of commands are read line by line.
  const inSentences = (part: string): string =>
    part.replaceAll(/`[^`]*`/g, (code) => code.replaceAll(/\s+/g, ' '))
  const parts = words.split(/^```.*$/m)
  const read = parts.map((part, index) => (index % 2 === 0 ? inSentences(part) : part))
  const lines = read.flatMap((part) => part.split('\n'))
  const found = lines.flatMap((line) => [...line.matchAll(fetching), ...line.matchAll(installing)])
  return found.map(([form]) => form)
}

async function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const { PATH, HOME } = process.env
  const child = spawn(program, args, {
    cwd,
    env: { PATH, HOME, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  const said = [text(child.stdout), text(child.stderr), ended] as const
  const [stdout, stderr, [code]] = await Promise.all(said)
  return { code, stdout, stderr }
}
