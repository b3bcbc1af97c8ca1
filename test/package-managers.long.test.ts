// @module-tag long
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { startRegistry } from './support/npm-registry.ts'
import { otherNode } from './support/other-node.ts'
import { type EmptyProject, emptyProject, fetched, packBuilt } from './support/packed.ts'

const LONGEST_MS = 1_200_000
/** What this repository is tested with: newer ones may name a package that is not there, of which Yarn makes an error. */
const VITE = `vite@${(JSON.parse(readFileSync('node_modules/vite/package.json', 'utf8')) as { version: string }).version}`

const node = otherNode('24.21.0')
const [pnpm, yarn, bun] = [
  fetched('managers/pnpm', 'pnpm', '12.21.0'),
  fetched('managers/yarn', '@yarnpkg/cli-dist', '4.18.1'),
  fetched('managers/bun', 'bun', '1.4.5'),
]
const isPosix = process.platform !== 'win32'
const hasAll = isPosix && [node, pnpm, yarn, bun].every((found) => found !== null)
const why = hasAll ? '' : " (skipped: Windows, or npm's registry cannot be reached)"

const bin = mkdtempSync(join(tmpdir(), 'jarvis-managers-'))
afterAll(() => rmSync(bin, { recursive: true, force: true }))
if (hasAll) {
  program('pnpm', `exec node '${pnpm}/bin/pnpm.mjs' "$@"`)
  program('yarn', `exec node '${yarn}/bin/yarn.js' "$@"`)
  program('bun', `exec '${bun}/bin/bun.exe' "$@"`)
  // Bun goes by the name that it is called by.
  program('bunx', `exec '${bun}/bin/bun.exe' x "$@"`)
}

interface Way {
  name: string
  /** What is in the project beforehand. */
  files?: Record<string, string>
  folder?: string
  add: (tarball: string) => string[]
  exec: string[]
}

const MODULE = { 'package.json': manifest({ type: 'module' }) }
const NODE_MODULES = { '.yarnrc.yml': 'nodeLinker: node-modules\n', 'yarn.lock': '' }

const WAYS: Way[] = [
  {
    name: 'npm, in a folder with blanks and other letters, CommonJS',
    files: { 'package.json': manifest({}) },
    folder: 'Mein Projekt für 音声',
    add: (tarball) => ['npm', 'install', '--save-dev', tarball, 'vitest@5'],
    exec: ['npx', '--no-install'],
  },
  {
    name: 'pnpm',
    add: (tarball) => ['pnpm', 'add', '--save-dev', tarball, 'vitest@5'],
    exec: ['pnpm', 'exec'],
  },
  {
    name: 'Yarn with node_modules',
    files: NODE_MODULES,
    add: (tarball) => ['yarn', 'add', '--dev', `jarvis@file:${tarball}`, 'vitest@5', VITE],
    exec: ['yarn'],
  },
  {
    name: 'Bun',
    add: (tarball) => ['bun', 'add', '--dev', tarball, 'vitest@5'],
    exec: ['bun', 'run'],
  },
]

describe.skipIf(!hasAll)(`each package manager takes the packed tarball${why}`, () => {
  test.for(WAYS)(
    '$name: init, doctor and the run pass, and init speaks of it',
    { timeout: LONGEST_MS },
    async (way) => {
      const project = projectOf({ ...MODULE, ...way.files }, way.folder)
      await succeeds(project, way.add(await packBuilt()))
      const init = await succeeds(project, [
        ...way.exec,
        'jarvis',
        'init',
        '--engine',
        'sim',
        '--domain',
        'llm',
      ])
      expect(init).toContain(`Check:    ${way.exec.join(' ')} jarvis doctor\n`)
      expect(await succeeds(project, [...way.exec, 'jarvis', 'doctor'])).toContain(
        'plans/default.yaml can run.',
      )
      for (const command of [
        ['vitest', 'run', '--config', 'jarvis'],
        ['jarvis', 'run'],
      ]) {
        expect(await succeeds(project, [...way.exec, ...command])).toContain(
          'Finished Test Run: PASSED (1 passed, 0 failed, 0 missing)',
        )
      }
      const script =
        way.exec[0] === 'npx' ? ['npm', 'run', 'scenarios'] : [way.exec[0]!, 'run', 'scenarios']
      expect(await succeeds(project, script)).toContain('Finished Test Run: PASSED')
    },
  )

  test(
    "Yarn's Plug'n'Play is refused in one sentence by every command and at the start of a run",
    { timeout: LONGEST_MS },
    async () => {
      const project = projectOf({ ...MODULE, 'yarn.lock': '', 'plans/default.yaml': '' })
      await succeeds(project, [
        'yarn',
        'add',
        '--dev',
        `jarvis@file:${await packBuilt()}`,
        'vitest@5',
        VITE,
      ])
      const sentence =
        "jarvis does not run under Yarn's Plug'n'Play. Put `nodeLinker: node-modules` into .yarnrc.yml and run: yarn install"
      for (const command of [
        'jarvis doctor',
        'jarvis list',
        'jarvis run',
        'vitest run --config jarvis',
      ]) {
        const { status, output } = await project.does('yarn', ...command.split(' '))
        expect(output.split(sentence), output).toHaveLength(2)
        expect(output).not.toMatch(/EROFS|^\s+at /m)
        expect(status).not.toBe(0)
      }
    },
  )

  test("Bun's own runtime is refused in one sentence", { timeout: LONGEST_MS }, async () => {
    const project = projectOf(MODULE)
    await succeeds(project, ['bun', 'add', '--dev', await packBuilt(), 'vitest@5'])
    for (const command of ['jarvis doctor', 'vitest run --config jarvis']) {
      const { status, output } = await project.does('bunx', '--bun', ...command.split(' '))
      expect(output).toContain('jarvis runs on Node, and this is Bun 1.4.5. Leave out --bun:')
      // Bun shows the place of an error in its own way.
      expect(output).not.toContain('is not a function')
      expect(status).not.toBe(0)
    }
  })

  test(
    'a package of a monorepo, JavaScript only, runs its plan with what npm has put above it',
    { timeout: LONGEST_MS },
    async () => {
      const scenario =
        "import { expect, test } from 'jarvis/scenario'\n\ntest('greets', async ({ llm }) => expect((await llm.chat('Say hello.')).text).toMatch(/hello/i))\n"
      const project = projectOf({
        'package.json': manifest({ workspaces: ['packages/*'] }),
        'packages/checks/package.json': manifest({}, 'checks'),
        'packages/checks/plans/default.yaml':
          "name: Checks\nexecution:\n  - domain: llm\n    loadouts: ['sim://chat']\n    scenarios: [all]\n",
        'packages/checks/scenarios/llm/greeting.scenario.js': scenario,
        'packages/checks/scenarios/llm/second.scenario.mjs': scenario,
      })
      await succeeds(project, [
        'npm',
        'install',
        '--save-dev',
        '--workspace',
        'checks',
        await packBuilt(),
        'vitest@5',
      ])
      expect(existsSync(join(project.root, 'node_modules/jarvis'))).toBe(true)
      const run = await succeeds(project, [
        'npm',
        'exec',
        '--no',
        '--workspace',
        'checks',
        '--',
        'jarvis',
        'run',
      ])
      expect(run).toContain('Finished Test Run: PASSED (2 passed, 0 failed, 0 missing)')
      expect(existsSync(join(project.root, 'packages/checks/logs'))).toBe(true)
    },
  )

  test(
    'published under another name, an alias of that name installs it as jarvis',
    { timeout: LONGEST_MS },
    async () => {
      const registry = await startRegistry()
      onTestFinished(() => registry.close())
      const stage = projectOf({})
      await succeeds(stage, ['tar', '-xzf', await packBuilt()])
      const path = join(stage.root, 'package/package.json')
      const own = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
      writeFileSync(path, JSON.stringify({ ...own, name: '@someone/scenario-plans' }))
      const { host } = new URL(registry.url)
      const settings = `@someone:registry=${registry.url}\n//${host}/:_authToken=of-a-stand-in\n`
      writeFileSync(join(stage.root, 'package/.npmrc'), settings)
      await succeeds(stage, [
        'npm',
        'publish',
        './package',
        '--access',
        'public',
        '--ignore-scripts',
        '--registry',
        registry.url,
        `--//${host}/:_authToken=of-a-stand-in`,
      ])
      const project = projectOf({ ...MODULE, '.npmrc': settings })
      await succeeds(project, [
        'npm',
        'install',
        '--save-dev',
        'jarvis@npm:@someone/scenario-plans',
        'vitest@5',
      ])
      await succeeds(project, [
        'npx',
        '--no-install',
        'jarvis',
        'init',
        '--engine',
        'sim',
        '--domain',
        'llm',
      ])
      expect(await succeeds(project, ['npx', 'vitest', 'run', '--config', 'jarvis'])).toContain(
        'Finished Test Run: PASSED',
      )
    },
  )
})

function projectOf(files: Record<string, string>, name?: string): EmptyProject {
  const options = { programs: [bin, dirname(node!)], ...(name === undefined ? {} : { name }) }
  return emptyProject({ 'README.md': '', ...files }, options)
}

async function succeeds({ does }: EmptyProject, [first, ...args]: string[]): Promise<string> {
  const { status, output } = await does(first!, ...args)
  expect(status, output).toBe(0)
  return output
}

function manifest(own: Record<string, unknown>, name = 'project'): string {
  return `${JSON.stringify({ name, version: '1.0.0', private: true, ...own })}\n`
}

function program(name: string, line: string): void {
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`)
  chmodSync(join(bin, name), 0o755)
}
