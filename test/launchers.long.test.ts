// @module-tag long
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { allProcesses, leftOf, showsProcesses, treeOf } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'
import { linkPrograms, shellEnvironment } from './support/shell.ts'

const hasNpx = spawnSync('npx', ['--version']).status === 0
const WITHIN_MS = 150_000
/** A launcher that is gone is noticed within a second. */
const NOTICED_MS = 3_000

/** Stands in for package managers that are not here: starts a script of package.json as they do. */
const STAND_IN = `
  const { spawn } = require('node:child_process')
  const script = require(process.cwd() + '/package.json').scripts[process.argv.at(-1)]
  spawn('sh', ['-c', script], { stdio: 'inherit' }).on('exit', (code) => process.exit(code ?? 1))`

function projectWithPrograms(): Project {
  const project = createProject('surroundings')
  linkPrograms(project)
  mkdirSync(join(project.root, 'bin'))
  const scripts = {
    night: 'vitest run --config jarvis',
    outer: 'npm run night',
    quiet: 'jarvis run',
  }
  writeFileSync(join(project.root, 'package.json'), JSON.stringify({ type: 'module', scripts }))
  for (const name of ['pnpm.cjs', 'yarn.cjs']) {
    writeFileSync(join(project.root, 'bin', name), STAND_IN)
  }
  return project
}

/** Starts a run by way of a launcher, and waits until its second scenario waits. */
async function launch(
  project: Project,
  command: string | readonly string[],
): Promise<ChildProcess> {
  const [program = '', ...args] = typeof command === 'string' ? command.split(' ') : command
  const gate = { GATE: join(project.root, 'open') }
  const path = `${join(project.root, 'node_modules', '.bin')}:${process.env['PATH']}`
  const child = spawn(program, args, {
    cwd: project.root,
    env: { ...shellEnvironment(project), ...gate, PATH: path },
    stdio: 'ignore',
  })
  onTestFinished(() => endTree(child.pid!))
  await eventually(WITHIN_MS, () => {
    const story = latestSession(join(project.root, 'logs'))?.text('progression.log')
    expect(story).toContain('has passed: PASSED')
  })
  return child
}

function endTree(pid: number): void {
  for (const each of treeOf(pid, allProcesses())) {
    try {
      process.kill(each.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
}

function session({ root }: Project): SessionFiles {
  return latestSession(join(root, 'logs'))!
}

/** The run has ended in order and left nothing. */
async function expectEnded(project: Project): Promise<void> {
  await eventually(WITHIN_MS, () => {
    const end = { type: 'run_ended', status: 'INTERRUPTED', recorded_by: 'run' }
    expect(session(project).events().at(-1)).toMatchObject(end)
    expect(leftOf(project.root)).toEqual([])
  })
  expect(
    session(project)
      .results('llm')
      .map(({ status }) => status),
  ).toEqual(['PASSED', 'INTERRUPTED', 'INTERRUPTED'])
  expect(session(project).servicesLeft()).toEqual([])
}

const where = showsProcesses && hasNpx ? '' : ' (skipped: no npx, or no /proc here)'

describe.skipIf(where !== '')(`who has started a run${where}`, () => {
  test.each([
    ['npx vitest run --config jarvis', 'SIGTERM', 'npm|npx'],
    ['npx vitest run --config jarvis', 'SIGKILL', 'npm|npx'],
    ['npx jarvis run', 'SIGTERM', 'npm|npx'],
    ['npm run night', 'SIGTERM', 'npm'],
    ['npm run quiet', 'SIGKILL', 'npm'],
    ['npm run outer', 'SIGKILL', 'npm'],
    ['node bin/pnpm.cjs night', 'SIGTERM', 'pnpm'],
    ['node bin/yarn.cjs quiet', 'SIGTERM', 'yarn'],
  ] as const)(
    '%s: when it gets %s and goes, the run ends in order',
    async (command, signal, name) => {
      const project = projectWithPrograms()
      const child = await launch(project, command)
      child.kill(signal)
      await once(child, 'exit')
      await expectEnded(project)
      const reason = new RegExp(
        `^(${name}) \\(process \\d+\\), which had started the run, is gone$`,
      )
      expect(session(project).eventsOf('cancelled')).toMatchObject([
        { reason: expect.stringMatching(reason) },
      ])
    },
  )

  test('a shell that goes is no reason to end', async () => {
    const project = projectWithPrograms()
    writeFileSync(join(project.root, 'night.sh'), 'vitest run --config jarvis\necho $? > code\n')
    const child = await launch(project, 'bash night.sh')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await sleep(NOTICED_MS)
    expect(session(project).eventsOf('cancelled')).toEqual([])
    writeFileSync(join(project.root, 'open'), '')
    await eventually(WITHIN_MS, () => {
      const end = { type: 'run_ended', status: 'PASSED', recorded_by: 'run' }
      expect(session(project).events().at(-1)).toMatchObject(end)
      expect(leftOf(project.root)).toEqual([])
    })
  })

  test('one that waits to the end has the exit code', async () => {
    const project = projectWithPrograms()
    const child = await launch(project, 'npm run night')
    writeFileSync(join(project.root, 'open'), '')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(readFileSync(join(session(project).directory, 'progression.log'), 'utf8')).toContain(
      'Finished Test Run: PASSED',
    )
  })

  test('in scripts the program itself is what to start: it gets the signal', async () => {
    const project = projectWithPrograms()
    const script = 'exec node_modules/.bin/vitest run --config jarvis'
    const child = await launch(project, ['sh', '-c', script])
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([143, null])
    await expectEnded(project)
    expect(session(project).eventsOf('cancelled')).toMatchObject([
      { reason: 'the run got SIGTERM' },
    ])
  })
})
