// @module-tag long
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { otherNode } from './support/other-node.ts'
import { TEST_CACHE } from './support/packed.ts'
import { cleanEnvironment } from './support/run.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const PROGRAM = join(repository, 'dist/cli/main.js')
const NAME = 'RUN_20261129_115337'
const LONGEST_MS = 1_200_000

const hasWine = process.platform === 'linux' && spawnSync('wine', ['--version']).status === 0
const windowsNode = hasWine ? otherNode('22.23.3', 'win32') : null
const why =
  windowsNode === null ? ' (skipped: no Wine here, or no registry to fetch Node from)' : ''

/** What readers say of a session, in the same words on each system. */
const READERS = [
  'list',
  'show RUN_1',
  'show --failed RUN_1',
  'export RUN_1',
  'verify RUN_1',
  'check RUN_1 --max-failures 0',
  'prune --keep 0 --dry-run',
]

describe.skipIf(windowsNode === null)(`on Windows, as Wine has it${why}`, () => {
  test(
    'the readers say of a session what they say here, and doctor, report and init do their work',
    { timeout: LONGEST_MS },
    async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-wine-')))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const root = join(folder, 'project')
      const session = join(root, 'logs', NAME)
      mkdirSync(join(root, 'logs'), { recursive: true })
      cpSync(join(repository, 'test/fixtures/sessions/whole', NAME), session, { recursive: true })
      const here = (words: string) => run(process.execPath, [PROGRAM, ...words.split(' ')], root)
      const there = async (words: string) => {
        const said = await run('wine', [windowsNode!, PROGRAM, ...words.split(' ')], root)
        return { ...said, output: said.output.replaceAll(/(?:[A-Z]:)?\\(?=[\w.])/g, '/') }
      }
      const script = join(folder, 'platform.cjs')
      writeFileSync(script, 'console.log(process.platform, process.version)')
      expect((await run('wine', [windowsNode!, script], root)).output.trim()).toBe('win32 v22.23.3')
      for (const reader of READERS) {
        const words = reader.replace('RUN_1', NAME)
        // oxlint-disable-next-line no-await-in-loop -- one after another, as a person would
        const [one, other] = [await here(words), await there(words)]
        expect(other, words).toEqual(one)
      }
      const report = await there(`report ${NAME}`)
      expect(report.code, report.output).toBe(0)
      for (const name of ['report.xlsx', 'report.html']) {
        expect(statSync(join(session, name)).size).toBeGreaterThan(10_000)
      }
      const init = await there('init --engine sim --domain llm')
      expect(init.code, init.output).toBe(0)
      expect(readFileSync(join(root, 'plans/default.yaml'), 'utf8')).toContain('sim://chat')
      expect(globSync('scenarios/**/*.ts', { cwd: root })).toEqual([
        'scenarios/llm/greeting.scenario.ts',
      ])
      const doctor = await there('doctor')
      expect(doctor.output).toContain('plans/default.yaml can run.')
      expect(doctor.code).toBe(0)
      expect(existsSync(session)).toBe(true)
    },
  )
})

async function run(program: string, args: string[], cwd: string) {
  const wine = {
    WINEPREFIX: join(TEST_CACHE, 'wine-prefix'),
    WINEDEBUG: '-all',
    // Wine says that it is an older Windows.
    NODE_SKIP_PLATFORM_CHECK: '1',
  }
  const env = { ...cleanEnvironment(), ...wine, TZ: 'UTC' }
  // A file: Node under Wine takes no pipe of this system.
  const path = join(cwd, '..', 'said')
  const file = openSync(path, 'w')
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', file, file] })
  const [code] = (await once(child, 'close')) as [number | null]
  closeSync(file)
  const said = readFileSync(path, 'utf8')
  return { code, output: stripVTControlCharacters(said).replaceAll('\r\n', '\n') }
}
