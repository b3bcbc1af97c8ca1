import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { progressionLines } from '../session/index.ts'
import { createDashboard } from './dashboard.ts'
import type { Story } from './fixtures/run.ts'
import { SITUATIONS } from './fixtures/situations.ts'
import { FakeKeys, FakeProcess, FakeTerminal } from './fixtures/terminal.ts'
import type { Dashboard, DashboardOptions } from './types.ts'

const INTERVAL = 100

afterEach(() => {
  vi.useRealTimers()
})

interface Setup {
  dashboard: Dashboard
  terminal: FakeTerminal
  keys: FakeKeys
  host: FakeProcess
  story: Story
  cancels: boolean[]
  /** The next frame. */
  frame: () => Promise<string[]>
}

function open(situation: string, [columns, rows] = [80, 24], more: Partial<DashboardOptions> = {}) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const [terminal, keys, host] = [
    new FakeTerminal(columns!, rows!),
    new FakeKeys(),
    new FakeProcess(),
  ]
  const story = SITUATIONS[situation]!()
  const cancels: boolean[] = []
  const dashboard = createDashboard({
    stdout: terminal,
    stdin: keys,
    env: { NO_COLOR: '1' },
    now: () => story.now,
    describe: progressionLines,
    onCancel: (again) => cancels.push(again),
    process: host,
    interval: INTERVAL,
    ...more,
  })
  dashboard.show(story.entries)
  const frame = (): Promise<string[]> => {
    vi.advanceTimersByTime(INTERVAL)
    return terminal.screen()
  }
  return { dashboard, terminal, keys, host, story, cancels, frame } satisfies Setup
}

const isWhole = (screen: readonly string[]): boolean =>
  screen.filter((line) => /^(?:jarvis )?RUN_/.test(line)).length === 1 &&
  screen.filter((line) => line.startsWith('Total ')).length === 1

test('what others write stands above the frame, without what would tear it', async () => {
  const { terminal, dashboard, frame } = open('running')
  await frame()
  terminal.write('first\n')
  terminal.write('\u{1b}[2J\u{1b}[H\u{1b}[31msecond\u{1b}[0m\u{1b}]0;title\u{7} in ')
  terminal.write(Buffer.from('two pieces\nprogress 1\rprogress 2\r\n'))
  const screen = await frame()
  const all = await terminal.scrollback()
  expect(all.slice(0, 4)).toEqual([
    'first',
    'second in two pieces',
    'progress 2',
    expect.stringMatching(/^jarvis RUN_/),
  ])
  expect(isWhole(screen)).toBe(true)
  dashboard.stop()
  expect(await terminal.scrollback()).toEqual(['first', 'second in two pieces', 'progress 2'])
})

test('every write is one synchronised update', async () => {
  const { terminal, dashboard, frame } = open('running')
  await frame()
  terminal.write('above\n')
  await frame()
  dashboard.stop()
  const updates = terminal.bytes.split('\u{1b}[?2026h').slice(1)
  expect(terminal.bytes.startsWith('\u{1b}[?2026h')).toBe(true)
  for (const update of updates) expect(update.endsWith('\u{1b}[?2026l')).toBe(true)
})

test.each([
  ['narrower', 61, 24],
  ['wider', 120, 24],
  ['lower', 80, 17],
  ['higher', 80, 40],
  ['too small', 30, 6],
  ['tiny', 8, 2],
])('a terminal that becomes %s has one whole frame at once', async (_, columns, rows) => {
  const { terminal, dashboard, frame } = open('60 loadouts')
  await frame()
  terminal.resize(columns, rows)
  const screen = await terminal.screen()
  expect(screen.length).toBeLessThan(Math.max(rows, 2))
  expect(screen.filter((line) => line.startsWith('Total')).length).toBe(rows > 2 ? 1 : 0)
  expect(isWhole(screen)).toBe(columns >= 60 && rows >= 16)
  dashboard.stop()
  expect(await terminal.screen()).toEqual([])
})

test('a terminal that changes its size again and again keeps one frame', async () => {
  const { terminal, dashboard, frame } = open('running', [200, 50])
  await frame()
  for (const columns of [60, 131, 77, 200, 61, 90]) {
    terminal.resize(columns, 50)
    // oxlint-disable-next-line no-await-in-loop -- one size after the other
    expect(isWhole(await terminal.scrollback())).toBe(true)
  }
  dashboard.stop()
  expect(await terminal.scrollback()).toEqual([])
})

test('what a lower terminal pushed out of sight is taken back where it comes back', async () => {
  const { terminal, dashboard, frame } = open('60 loadouts', [100, 50])
  await frame()
  terminal.resize(100, 20)
  expect(isWhole(await terminal.screen())).toBe(true)
  terminal.resize(100, 30)
  expect(isWhole(await terminal.screen())).toBe(true)
  await frame()
  terminal.resize(100, 50)
  const all = await terminal.scrollback()
  expect(isWhole(all)).toBe(true)
  expect(all).toHaveLength(49)
  dashboard.stop()
  expect(await terminal.scrollback()).toEqual([])
})

test('the same where it was made narrower as well', async () => {
  const { terminal, dashboard, frame } = open('60 loadouts', [200, 50])
  terminal.write('mine\n')
  await frame()
  for (const [columns, rows] of [
    [80, 24],
    [60, 16],
    [90, 18],
  ] as const) {
    terminal.resize(columns, rows)
    // oxlint-disable-next-line no-await-in-loop -- one size after the other
    expect(isWhole(await terminal.screen())).toBe(true)
  }
  terminal.resize(200, 120)
  const all = await terminal.scrollback()
  expect(all[0]).toBe('mine')
  expect(isWhole(all.slice(1))).toBe(true)
  dashboard.stop()
  expect(await terminal.scrollback()).toEqual(['mine'])
})

test('what others wrote meanwhile is never taken for what came back', async () => {
  const { terminal, dashboard, frame } = open('60 loadouts', [100, 50])
  await frame()
  terminal.resize(100, 20)
  terminal.write('one\ntwo\nthree\n')
  await frame()
  terminal.resize(100, 50)
  const all = await terminal.scrollback()
  const one = all.indexOf('one')
  expect(all.slice(one, one + 3)).toEqual(['one', 'two', 'three'])
  expect(isWhole(all.slice(one + 3))).toBe(true)
  dashboard.stop()
})

test('an exit or a throw leaves the terminal as it was, with what was still to be written', async () => {
  const { terminal, keys, host, frame } = open('running')
  await frame()
  expect(terminal.isCursorVisible).toBe(false)
  expect(keys.isRaw).toBe(true)
  terminal.write('last words\nwithout an end')
  host.emit('exit')
  expect(terminal.isCursorVisible).toBe(true)
  expect(keys).toMatchObject({ isRaw: false, isReading: false })
  expect(keys.listenerCount('data')).toBe(0)
  terminal.write('after\n')
  expect(await terminal.scrollback()).toEqual(['last words', 'without an end', 'after'])
})

test('Ctrl+Z gives the terminal back, and fg takes it again', async () => {
  const { terminal, keys, host, dashboard, frame } = open('running')
  await frame()
  const stopped: unknown[] = []
  host.whileStopped = () => {
    stopped.push(host.listenerCount('SIGTSTP'), terminal.isCursorVisible, keys.isRaw)
    terminal.write('$ fg\n')
  }
  keys.press('\u{1a}')
  await vi.waitFor(() => expect(keys.isRaw).toBe(true))
  expect(host.signals).toEqual([
    [0, 'SIGTSTP'],
    [4711, 'SIGTSTP'],
  ])
  expect(stopped).toEqual([0, true, false])
  const screen = await frame()
  expect(isWhole(screen)).toBe(true)
  dashboard.stop()
  expect(await terminal.scrollback()).toEqual(['$ fg'])
})

test('where the terminal is the shell’s already its mode stays, and what goes on is drawn anew', async () => {
  const setup = open('running', [80, 24], { isForeground: () => false })
  const { terminal, keys, host, dashboard, frame } = setup
  await frame()
  const stopped: unknown[] = []
  host.whileStopped = () => {
    stopped.push(host.listenerCount('SIGTSTP'), terminal.isCursorVisible, keys.isRaw)
    host.emit('SIGCONT')
  }
  host.emit('SIGTSTP')
  expect(host.signals).toEqual([[4711, 'SIGTSTP']])
  expect(stopped).toEqual([0, true, true])
  await vi.waitFor(() => expect(host.listenerCount('SIGTSTP')).toBe(1))
  expect((await frame()).at(-1)).toContain('Running polish_explicit')
  expect(terminal.isCursorVisible).toBe(false)
  dashboard.stop()
})

test('a process that the system has stopped already while it let the terminal go is not stopped again', async () => {
  const { keys, host, dashboard, frame } = open('running')
  await frame()
  keys.setRawMode = (raw) => {
    keys.isRaw = raw
    if (!raw) host.emit('SIGCONT')
  }
  host.emit('SIGTSTP')
  await vi.waitFor(() => expect(keys.isRaw).toBe(true))
  expect(host.signals).toEqual([])
  expect(isWhole(await frame())).toBe(true)
  dashboard.stop()
})

test('a process that was stopped and goes on draws a whole frame anew', async () => {
  const { terminal, host, dashboard, frame } = open('running', [80, 30])
  await frame()
  host.emit('SIGCONT')
  const screen = await terminal.screen()
  expect(screen.at(-1)).toContain('Running polish_explicit')
  dashboard.stop()
  expect(terminal.isCursorVisible).toBe(true)
})

test('keys scroll, filter, help and cancel', async () => {
  const { keys, cancels, dashboard, frame } = open('60 loadouts', [80, 24])
  const log = async (): Promise<string[]> => {
    const screen = await frame()
    return screen.slice(
      screen.findIndex((line) => line.startsWith('── ')),
      -3,
    )
  }
  const newest = await log()
  expect(newest.at(-1)).toContain('Model Ready: sim://model-31')
  keys.press('\u{1b}[A\u{1b}[A')
  const scrolled = await log()
  expect(scrolled[0]).toContain('2 newer below')
  expect(scrolled.at(-1)).toBe(newest.at(-3))
  keys.press('\u{1b}[H')
  expect((await log())[1]).toContain('Starting Test Run: Sixty loadouts')
  keys.press('\u{1b}[F')
  expect(await log()).toEqual(newest)
  keys.press('f')
  expect(await log()).toEqual([
    expect.stringMatching(/^── progression.log, errors/),
    'none so far; f shows everything',
    ...Array(5).fill(''),
  ])
  keys.press('f?')
  expect((await log()).join('\n')).toContain('PgUp')
  keys.press('?q\u{3}')
  expect(cancels).toEqual([false, true])
  expect(await log()).toEqual(newest)
  dashboard.stop()
})

test('what is scrolled to stays in sight while lines come', async () => {
  const { keys, story, dashboard, frame } = open('running')
  await frame()
  keys.press('\u{1b}[H')
  const before = await frame()
  const note = { type: 'note' as const, level: 'INFO' as const, message: 'more' }
  const have = story.entries.length
  for (let count = 0; count < 12; count += 1) story.add(note)
  dashboard.show(story.entries.slice(have))
  keys.press('\u{1b}[H')
  const after = await frame()
  const first = (screen: string[]): string | undefined =>
    screen[screen.findIndex((line) => line.startsWith('── ')) + 1]
  expect(first(after)).toBe(first(before))
  dashboard.stop()
})

test('s shows the log of the active service as it grows, then the story again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'jarvis-dashboard-'))
  try {
    const { keys, story, dashboard, frame } = open('running')
    const file = join(directory, 'svc_llm_8000_20260216_231206.log')
    writeFileSync(file, 'loading\n\u{1b}[2Jlistening\n')
    dashboard.locate(directory)
    keys.press('s')
    const shows = (text: string) =>
      vi.waitFor(async () => {
        story.wait(1)
        // Reading a file takes turns of the loop that no timer counts.
        await setImmediate()
        expect((await frame()).join('\n')).toContain(text)
      })
    await shows('svc_llm_8000_20260216_231206.log ─')
    await shows('listening')
    appendFileSync(file, 'error: no memory\n')
    await shows('error: no memory')
    keys.press('f')
    expect((await frame()).join('\n')).not.toContain('listening')
    keys.press('s')
    expect((await frame()).join('\n')).toContain('progression.log')
    dashboard.stop()
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('without a keyboard there are no keys and no word of them', async () => {
  const { frame, dashboard } = open('running', [80, 24], { stdin: null })
  expect((await frame()).join('\n')).not.toContain('keys')
  dashboard.stop()
})

test('at the end the screen gives way to a summary', async () => {
  const { terminal, dashboard, frame } = open('finished', [100, 40])
  await frame()
  const session = join(process.cwd(), 'logs', 'RUN_20260216_231205')
  dashboard.stop({ session, workbook: join(session, 'report.xlsx'), report: null })
  expect(`\n${(await terminal.scrollback()).join('\n').replaceAll('\\', '/')}\n`)
    .toMatchInlineSnapshot(`
      "

      Fast Health Check: FAILED (3 passed, 1 failed) in 1:32
        llm  3 passed, 1 failed
          × ollama://qwen2.5:0.5b                 2 passed, 1 failed  setup 3.1s  run 12.3s  cleanup 0.4s
          ✓ ollama://qwen2.5:0.5b#stream                    1 passed  setup 3.1s  run 12.3s  cleanup 0.4s
        vlm  no result
          · vllm://Qwen/Qwen2-VL-2B-Instruct#ctx=16384                                          no result

        Slowest
             1.8s  english_std  ollama://qwen2.5:0.5b
             1.8s  polish_strict  ollama://qwen2.5:0.5b
             1.8s  english_std  ollama://qwen2.5:0.5b#stream
             0.9s  polish_explicit  ollama://qwen2.5:0.5b

        Not passed
          FAILED polish_explicit  ollama://qwen2.5:0.5b
            expected "Cześć" to be in the reply
            svc_llm_8000_20260216_231206.log, bytes 18233 to 19540

        Session   logs/RUN_20260216_231205
        Workbook  logs/RUN_20260216_231205/report.xlsx
      "
    `)
  expect(terminal.isCursorVisible).toBe(true)
})

test('what takes its time after the end is what goes on, with a clock of its own', async () => {
  let now = Date.parse('2026-02-16T23:20:00Z')
  const { dashboard, frame, terminal } = open('finished', [80, 24], { now: () => now })
  expect((await frame()).at(-1)).toMatch(/Finished: .* q quit$/)
  dashboard.busy('Making report.xlsx and report.html …', 'skip')
  now += 12_000
  dashboard.busy('report.xlsx: 500 of 900 results', 'skip')
  expect((await frame()).at(-1)).toMatch(/ report\.xlsx: 500 of 900 results .* 0:12 .* q skip$/)
  dashboard.stop()
  expect(await terminal.scrollback()).toEqual([])
})
