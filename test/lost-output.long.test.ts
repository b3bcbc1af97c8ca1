// @module-tag long
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { RUNS, runScript, type ScriptEnded, warnings } from './support/shell.ts'
import { mountTiny } from './support/tiny-disk.ts'

const GONE =
  'Standard output is lost, as whoever read it has ended (EPIPE): the run goes on without it'
const FULL = 'Standard output cannot be written, as the disk is full (ENOSPC): the run goes on'

/** Every scenario has run, and the program said nothing of a failure of its own. */
function expectWhole({ session, stderr }: Pick<ScriptEnded, 'session' | 'stderr'>): void {
  expect(session?.results('llm').map(({ status }) => status)).toEqual([
    'PASSED',
    'PASSED',
    'PASSED',
  ])
  expect(session?.events().at(-1)).toMatchObject({
    type: 'run_ended',
    status: 'PASSED',
    recorded_by: 'run',
  })
  expect(stderr).not.toMatch(/^\s+at |[Uu]nhandled|Error:/m)
}

describe.skipIf(process.platform === 'win32').each(Object.entries(RUNS))('%s', (_name, run) => {
  test('goes on when `head -4` has seen enough, and says so where somebody reads', async () => {
    const ended = await runScript(
      createProject('surroundings'),
      `${run} | head -4; exit $PIPESTATUS`,
    )
    expect(ended.code).toBe(0)
    expect(ended.stdout.split('\n').length).toBeLessThanOrEqual(5)
    expectWhole(ended)
    expect(warnings(ended.session)).toEqual([GONE])
    expect(ended.session!.text('progression.log')).toContain(`[WARN] ${GONE}`)
    expect(ended.stderr.match(/^jarvis: .*$/gm)).toEqual([
      `jarvis: ${GONE}, its story is in ${ended.session!.directory}.`,
    ])
  })

  test('goes on when `head` has read both of its streams', async () => {
    const script = `${run} 2>&1 | head -4; exit $PIPESTATUS`
    const ended = await runScript(createProject('surroundings'), script)
    expect(ended.code).toBe(0)
    expectWhole(ended)
    expect(warnings(ended.session)).toEqual([GONE, GONE.replace('output', 'error')])
  })

  test('fails as it would have when its output is gone', async () => {
    const project = createProject('surroundings')
    const file = join(project.root, 'scenarios', 'llm', 'b_waits.scenario.ts')
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('toBe(1)', 'toBe(2)'))
    const { code, session } = await runScript(project, `${run} 2>&1 | head -1; exit $PIPESTATUS`)
    expect(code).toBe(1)
    expect(session?.eventsOf('run_ended')).toMatchObject([{ status: 'FAILED' }])
  })

  test('goes on when the `tee` that it was piped into is killed', async () => {
    const project = createProject('surroundings')
    const script = `
      mkfifo pipe
      tee tee.log < pipe > /dev/null & tee=$!
      ${run} > pipe & run=$!
      until grep -q 'has passed: PASSED' tee.log; do sleep 0.05; done
      kill -9 $tee
      touch open
      wait $run`
    const ended = await runScript(project, script, { GATE: join(project.root, 'open') })
    expect(ended.code).toBe(0)
    expectWhole(ended)
    expect(warnings(ended.session)).toEqual([GONE])
  })

  test('goes on when the disk under its output is full', async () => {
    const ended = await runScript(createProject('surroundings'), `${run} > /dev/full`)
    expect(ended.code).toBe(0)
    expectWhole(ended)
    expect(warnings(ended.session)).toEqual([FULL])
    const both = await runScript(createProject('surroundings'), `${run} > /dev/full 2>&1`)
    expect(both.code).toBe(0)
    expectWhole(both)
    expect(warnings(both.session)).toEqual([FULL, FULL.replace('output', 'error')])
  })

  test('writes again when there is room on a disk that was full', async ({ skip }) => {
    const project = createProject('surroundings')
    const folder = mountTiny(project, 'size=64k')
    if (folder === null) return skip('only root on Linux can mount')
    const ballast = join(folder, 'ballast')
    const log = join(folder, 'out.log')
    const script = `
      head -c 60K /dev/zero > ${ballast}
      ${run} > ${log} & run=$!
      until grep -qs 'cannot be written' logs/latest/progression.log; do
        head -c 64K /dev/zero >> ${ballast} 2> /dev/null
        sleep 0.05
      done
      rm ${ballast}
      touch open
      wait $run`
    const ended = await runScript(project, script, { GATE: join(project.root, 'open') })
    expect(ended.code).toBe(0)
    expectWhole(ended)
    expect(warnings(ended.session)).toEqual([FULL])
    // What the last scenario says fills it again; the lines before that are there.
    expect(readFileSync(log, 'utf8')).toContain('b_waits > waits: PASSED')
  })
})
