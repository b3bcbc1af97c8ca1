import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { installAll } from '../scripts/real/install-all.ts'
import type { Recipe } from '../scripts/real/recipe.ts'
import { readStack, type Stack, stackEnvironment } from '../scripts/real/stack.ts'

/** A recipe that writes one file: a stand-in for what takes minutes. */
function recipe(name: string, more: Partial<Recipe> = {}): Recipe {
  return {
    name,
    title: `The ${name}`,
    size: '1 MB',
    time: 'no time',
    licences: [{ of: name, licence: 'MIT', file: null }],
    revision: ['1'],
    lacks: () => null,
    install: async (job) => {
      const model = join(job.folder, 'model')
      writeFileSync(model, '12345')
      return { version: '1.0', from: [`${name}==1.0`], paths: { model } }
    },
    ...more,
  }
}

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'jarvis-real-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

async function install(root: string, recipes: Recipe[], again = false): Promise<string[]> {
  const lines: string[] = []
  await installAll(root, recipes, { again, say: (line) => lines.push(line) })
  return lines
}

const partsOf = ({ parts }: Stack) =>
  Object.entries(parts).map(([name, { status, reason }]) => [name, status, reason])

test('each part of the stack is installed, skipped or failed by itself, with its reason', async () => {
  const root = folder()
  const lines = await install(root, [
    recipe('weights'),
    recipe('engine', { lacks: () => 'cmake not found on PATH' }),
    recipe('voice', { install: () => Promise.reject(new Error('no room')) }),
    recipe('ears'),
  ])
  expect(lines).toContain('[1/4] weights: licence of weights: MIT')
  expect(lines).toContain('[2/4] engine: skipped: cmake not found on PATH')
  expect(lines).toContain('[3/4] voice: FAILED: no room')
  const stack = JSON.parse(readFileSync(join(root, 'stack.json'), 'utf8')) as Stack
  expect(stack).toEqual(readStack(root))
  expect(partsOf(stack)).toEqual([
    ['ears', 'installed', null],
    ['engine', 'skipped', 'cmake not found on PATH'],
    ['voice', 'failed', 'no room'],
    ['weights', 'installed', null],
  ])
  expect(stack.parts['weights']).toMatchObject({ version: '1.0', bytes: 5 })
  expect(stackEnvironment(stack, { PATH: '/bin' })).toMatchObject({ JARVIS_REAL: root })
})

test('what is there stays, unless its recipe changed or its files are gone', async () => {
  const root = folder()
  const isThere = (lines: string[]): boolean => lines.some((line) => line.includes('is there'))
  expect(isThere(await install(root, [recipe('weights')]))).toBe(false)
  expect(isThere(await install(root, [recipe('weights')]))).toBe(true)
  expect(isThere(await install(root, [recipe('weights')], true))).toBe(false)
  expect(isThere(await install(root, [recipe('weights', { revision: ['2'] })]))).toBe(false)
  rmSync(join(root, 'weights', 'model'))
  expect(isThere(await install(root, [recipe('weights', { revision: ['2'] })]))).toBe(false)
})

test('a part that is interrupted is not there, and goes on with what it had', async () => {
  const root = folder()
  const seen: boolean[] = []
  const half: Recipe['install'] = async (job) => {
    seen.push(existsSync(join(job.folder, 'half')))
    writeFileSync(join(job.folder, 'half'), '')
    return job.run(process.execPath, ['-e', 'console.log("half"); process.exit(7)'], {
      doing: 'building',
    }) as never
  }
  const lines = await install(root, [recipe('engine', { install: half })])
  expect(lines.at(-1)).toMatch(
    /FAILED: node\S* ended with code 7; all of it is in .*engine\.log:\nhalf$/,
  )
  await install(root, [recipe('engine', { install: half })])
  expect(seen).toEqual([false, true])
})

test.skipIf(process.platform === 'win32')('a program on PATH is taken, and said', async () => {
  const root = folder()
  const lines = await install(root, [recipe('engine', { program: 'node' })])
  expect(lines.some((line) => /engine: takes \S+node\S*, which is on PATH$/.test(line))).toBe(true)
  const { from, paths } = readStack(root).parts['engine']!
  expect(from).toEqual(['PATH'])
  expect(paths['program']).toBe(join(root, 'bin', 'node'))
})

test('two do not install at once', async () => {
  const root = folder()
  writeFileSync(join(root, 'installing.pid'), String(process.ppid))
  await expect(install(root, [recipe('weights')])).rejects.toThrow(
    /Another real:install \(pid \d+\)/,
  )
})
