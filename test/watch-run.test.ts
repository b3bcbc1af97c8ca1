import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BOX_A, BOX_B, noHosts, startOn } from './support/hosts.ts'
import { createProject } from './support/project.ts'
import { start } from './support/run.ts'

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const RUN = 'RUN_\\d{8}_\\d{6}(?:_\\d+)?'

test.skipIf(noHosts !== null)(
  `all hosts of a divided run are followed in one place, also one that begins later${noHosts === null ? '' : `: ${noHosts}`}`,
  // Two runs and what watches them, on a machine that may be busy.
  { tags: ['long'], timeout: 180_000 },
  async () => {
    const project = createProject('domains')
    const env = { JARVIS_RUN: '4711' }
    const first = startOn(BOX_A, project, { env: { ...env, JARVIS_SHARD: '1/2' } })
    await first.until('Starting Test Run')
    const watching = start(project, { command: [program, 'watch', '--run', '4711'] })
    await watching.until('Part 2 of 2: not begun')
    const second = startOn(BOX_B, project, { env: { ...env, JARVIS_SHARD: '2/2' } })
    const [{ code, output }] = await Promise.all([watching.ended(), first.ended(), second.ended()])
    expect(code, output).toBe(0)
    expect(output).toMatch(new RegExp(`\\[INFO\\] Part 1 of 2 on box-a is ${RUN}\n`))
    expect(output).toMatch(new RegExp(`\\[INFO\\] Part 2 of 2 on box-b has begun: ${RUN}\n`))
    expect(output).toMatch(/\[INFO\] 1\/2 Model Ready: sim:\/\/small \(/)
    expect(output).toMatch(/\[INFO\] 2\/2 Model Ready: sim:\/\/small#stream \(/)
    const [, end = ''] = output.split('\n\n')
    expect(end.replaceAll(new RegExp(RUN, 'g'), 'RUN').replaceAll(/\d+:\d\d/g, 'TIME')).toBe(
      [
        'Two domains, run 4711: PASSED (7 passed, 2 skipped) in TIME',
        '  Part 1  box-a  PASSED (4 passed, 1 skipped) in TIME  logs/RUN',
        '  Part 2  box-b  PASSED (3 passed, 1 skipped) in TIME  logs/RUN',
        '',
      ].join('\n'),
    )
  },
)

test('where there is no divided run it says so', async () => {
  const project = createProject('domains')
  mkdirSync(join(project.root, 'logs'))
  const { code, output } = await start(project, { command: [program, 'watch', '--run'] }).ended()
  expect([code, output]).toEqual([
    2,
    'There is no run of a divided plan in logs: its parts make sessions there once they begin.\n',
  ])
})
