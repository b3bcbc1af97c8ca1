import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject, type Project } from './support/project.ts'
import { run, start } from './support/run.ts'
import { fixture } from './support/services.ts'

function projectWithProgram(): Project {
  const project = createProject('program')
  cpSync(fixture('program.mjs'), join(project.root, 'program.mjs'))
  return project
}

test('programs that run once for each request give rows like servers do', async () => {
  const project = projectWithProgram()
  const { session } = await run(project)
  const [spoken, stuck, undefinedOne] = session!.results('tts')
  expect(spoken).toMatchObject({
    status: 'PASSED',
    models: ['cli://voice'],
    metrics: { ttfa: null, audio_seconds: 0.5, tts_time: expect.any(Number) },
    output_file: expect.stringMatching(/^attachments\/speaks-.*\.wav$/),
    errors: [],
  })
  const [log] = spoken!.logs!
  const said = readFileSync(join(session!.directory, log!.file), 'utf8').slice(log!.from, log!.to)
  expect(said).toMatch(/^\[\S+\] \$ .*program\.mjs.*\nread 5 bytes, .*\nwritten\n\[.*code 0 after/)
  expect(stuck).toMatchObject({ status: 'FAILED', models: ['cli://stuck'] })
  expect(undefinedOne).toMatchObject({ status: 'MISSING' })
  expect(undefinedOne!.errors[0]!.message).toContain('No service is defined for cli://undefined')
  expect(session!.eventsOf('service_spawned')).toEqual([])
  expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
})

test.skipIf(!showsProcesses)(
  'a program that runs when the run is killed is ended by the watchdog, with its children',
  async () => {
    const project = projectWithProgram()
    const running = start(project, {
      env: { JARVIS_PLAN: 'plans/stuck.yaml', TMPDIR: project.runtime },
    })
    const programs = (): string[] =>
      leftOf(project.root).filter((line) => /program\.mjs/.test(line))
    await eventually(150_000, () => expect(programs()).not.toEqual([]))
    running.child.kill('SIGKILL')
    await running.ended()
    await eventually(150_000, () => expect(leftOf(project.root)).toEqual([]))
  },
)
