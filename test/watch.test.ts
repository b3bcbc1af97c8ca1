import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createProject, type Project } from './support/project.ts'
import { run, type Running, start } from './support/run.ts'
import { sessionFiles, sessionNames } from './support/session-files.ts'

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

const watch = (project: Project, ...args: string[]): Running =>
  start(project, { command: [program, 'watch', ...args] })

/** The story of a session as a terminal shows it. */
function told(directory: string): string {
  const lines = readFileSync(join(directory, 'progression.log'), 'utf8').split('\n')
  return lines.filter((line) => !line.includes('] [DEBUG] ')).join('\n')
}

test('a run in another terminal is shown as it goes on, to its end', async () => {
  const project = createProject('slow')
  const running = start(project)
  await running.until('b_slow > has passed: PASSED')
  const watching = watch(project)
  await watching.until('b_slow > has passed: PASSED')
  running.child.kill('SIGINT')
  const [{ session }, { code, output }] = await Promise.all([running.ended(), watching.ended()])
  expect(output).toBe(told(session!.directory))
  expect(output).toContain('Finished Test Run: INTERRUPTED')
  expect(code).toBe(1)
})

test(
  'a run that is over is told by name, and tells by the exit code that it passed',
  { tags: ['long'] },
  async () => {
    const project = createProject('slow')
    const { session } = await run(project, { env: { JARVIS_PLAN: 'plans/quick.yaml' } })
    const [name] = sessionNames(join(project.root, 'logs'))
    const { code, output } = await watch(project, name!, '--plain').ended()
    expect(output).toBe(told(session!.directory))
    expect(code).toBe(0)

    // A copy of what a dead run leaves: its process is gone, and nobody has recorded its end.
    const copy = join(project.root, 'elsewhere')
    cpSync(session!.directory, copy, { recursive: true })
    const journal = sessionFiles(copy).text('events.jsonl').trimEnd().split('\n')
    writeFileSync(join(copy, 'events.jsonl'), `${journal.slice(0, -1).join('\n')}\n`)
    const dead = await watch(project, 'elsewhere').ended()
    expect(dead.output).toMatch(/The run of elsewhere died \(process \d+ is gone\)/)
    expect(dead.code).toBe(1)
  },
)

test('where there is no session it says so', async () => {
  const project = createProject('slow')
  const newest = await watch(project).ended()
  expect(newest.output).toBe(
    'There is no session in logs. Start a run (jarvis run), or name a session.\n',
  )
  expect(newest.code).toBe(2)
  const named = await watch(project, 'RUN_1').ended()
  expect(named.output).toBe(
    'There is no session RUN_1 in logs, and no path of that name. See: jarvis list\n',
  )
  expect(named.code).toBe(2)
})
