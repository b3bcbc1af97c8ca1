import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

interface Step {
  id?: string
  uses?: string
  run?: string
  if?: string
  with?: Record<string, unknown>
  env?: Record<string, string>
}

interface Workflow {
  on: unknown
  jobs: Record<string, { 'timeout-minutes'?: number; env?: Record<string, string>; steps: Step[] }>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, '.github', 'workflows')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  return { name, text, jobs: Object.values((parse(text) as Workflow).jobs) }
})

describe.for(workflows)('the workflow $name', ({ text, jobs }) => {
  const steps = jobs.flatMap((job) => job.steps)
  const commands = steps.flatMap(({ run }) => (run === undefined ? [] : [run]))

  test('runs npm scripts that there are', () => {
    const named = commands.flatMap((run) => [...run.matchAll(/\bnpm run (\S+)/g)])
    expect(named.length).toBeGreaterThan(0)
    expect(named.map(([, script]) => script).filter((script) => !(script! in scripts))).toEqual([])
  })

  test('runs files that there are', () => {
    const all = [...commands, ...commands.flatMap((run) => scriptsOf(run))]
    const files = all.flatMap(
      (run) => run.match(/\b(?:src|test|scripts|bench|\.ci)\/[\w./-]+/g) ?? [],
    )
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  test('keys its caches by files that there are', () => {
    const patterns = [...text.matchAll(/hashFiles\('([^']+)'\)/g)].map(([, pattern]) => pattern!)
    expect(patterns.filter((pattern) => globSync(pattern, { cwd: root }).length === 0)).toEqual([])
    const caching = steps.some((step) => step.with?.['cache'] === 'npm')
    expect(!caching || existsSync(join(root, 'package-lock.json'))).toBe(true)
  })

  test('refers to steps that come before', () => {
    for (const { steps: all } of jobs) {
      for (const [index, step] of all.entries()) {
        const ids = [...JSON.stringify(step).matchAll(/\bsteps\.(\w+)\./g)].map(([, id]) => id)
        const before = all.slice(0, index).map(({ id }) => id)
        expect(before).toEqual(expect.arrayContaining(ids))
      }
    }
  })

  test('has an end, and each action a version', () => {
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0)
    const actions = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]))
    for (const action of actions) expect(action).toMatch(/^[\w-]+(\/[\w-]+)+@v\d/)
  })
})

describe('the nightly workflow of the real stack', () => {
  const { jobs } = workflows.find(({ name }) => name === 'real.yml')!
  const [{ steps, env: ofJob = {} } = { steps: [] }] = jobs
  const at = (pattern: RegExp): number => steps.findIndex(({ run }) => pattern.test(run ?? ''))

  test('installs all of the stack, keeps it, and then runs on it whatever happens to be there', () => {
    const install = at(/^npm run real:install -- --strict$/)
    const keep = steps.findIndex(({ uses }) => uses?.startsWith('actions/cache/save@'))
    const run = at(/^npm run test:real$/)
    expect([at(/^npm ci$/) < install, install < keep, keep < run]).toEqual([true, true, true])
    expect(steps[keep]!.with!['path']).toBe('${{ env.JARVIS_REAL }}')
    expect(steps[run]!.env).toEqual({ JARVIS_REAL_REQUIRED: '1' })
  })

  test('sets variables that something reads', () => {
    const names = [ofJob, ...steps.map(({ env = {} }) => env)].flatMap((env) => Object.keys(env))
    const read = globSync(['scripts/real/**/*.ts', 'test/real/**/*.ts'], { cwd: root })
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('')
    expect(names.filter((name) => !read.includes(`env['${name}']`))).toEqual([])
  })

  test('brings what the recipes need and its machine lacks', () => {
    const brought = steps.map(({ uses = '', run = '' }) => `${uses} ${run}`).join('\n')
    const wanted = ['setup-python@', 'setup-go@', ' ninja-build', ' espeak-ng']
    expect(wanted.filter((what) => !brought.includes(what))).toEqual([])
  })
})

/** What the npm scripts of a command run, in turn. */
function scriptsOf(run: string, seen = new Set<string>()): string[] {
  return [...run.matchAll(/\bnpm run (\S+)/g)].flatMap(([, name]) => {
    const all = [`pre${name}`, name!].filter((each) => each in scripts && !seen.has(each))
    return all.flatMap((each) => {
      seen.add(each)
      return [scripts[each]!, ...scriptsOf(scripts[each]!, seen)]
    })
  })
}
