import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sharedRun } from './support/shared-run.ts'
import { type SessionFiles, sessionFiles, sessionNames } from './support/session-files.ts'

const editor = sharedRun('domains', { command: ['editor.mjs'] })

function sessions(): SessionFiles[] {
  const logs = join(editor().root, 'logs')
  return sessionNames(logs).map((name) => sessionFiles(join(logs, name)))
}

test('an editor finds the tests without a session, and runs all or one of them', async () => {
  const { code, output, root } = editor()
  expect(code).toBe(0)
  // On standard error, and so in no order with the rest.
  const places = /^ +Session {2}logs\/RUN_\w+\n/gm
  const told = output.replaceAll(places, '').replaceAll(root, '<project>')
  await expect(told).toMatchFileSnapshot('expected/editor.txt.snap')
  expect(output.match(places)).toHaveLength(sessions().length)
})

test('each run of an editor has a session of its own with the rows that were asked for', () => {
  const rows = sessions().map((session) => {
    const domains = ['llm', 'stt'].filter((domain) => session.names().includes(`${domain}.json`))
    return domains.flatMap((domain) => session.results(domain).map(({ id }) => id))
  })
  expect(rows[0]).toHaveLength(9)
  expect(rows.slice(1)).toEqual([
    ['llm|sim://small|apple|counts|0'],
    ['llm|sim://small|apple|counts|0'],
    ['llm|sim://small|apple|apple|0'],
  ])
  const kinds = sessions().flatMap((session) => session.eventsOf('run_started'))
  expect(kinds.map(({ kind }) => kind)).toEqual(['plan', 'partial', 'partial', 'partial'])
  const ends = sessions().map((session) => session.events().at(-1)?.type)
  expect(ends).toEqual(Array.from(ends, () => 'run_ended'))
})

test('services stay warm from run to run, and a later session names their log where it is', () => {
  const [, cold, warm] = sessions()
  const [started] = cold?.eventsOf('service_spawned') ?? []
  const [again] = warm?.eventsOf('service_spawned') ?? []
  expect(again).toMatchObject({ pid: started?.pid, process_start: started?.process_start })
  const folder = cold?.directory.split(/[\\/]/).at(-1)
  expect(again?.log).toBe(`../${folder}/${started?.log}`)
  expect(cold?.results('llm')[0]?.cold).toBe(true)
  expect(warm?.results('llm')[0]?.cold).toBe(false)
})

test('closing leaves no service', () => {
  expect(sessions().flatMap((session) => session.servicesLeft())).toEqual([])
})
