import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { canStandIn, nvidiaSmi } from './support/nvidia-smi.ts'
import { createProject } from './support/project.ts'
import { vitestProgram } from './support/run.ts'
import { latestSession } from './support/session-files.ts'
import { hasTmux, openShell } from './support/tmux.ts'

const skipped = !hasTmux || !canStandIn
const why = hasTmux ? ' (stand-in for nvidia-smi)' : ' (skipped: no tmux here)'

/** A screen without what differs between two runs; blanks are two at most. */
function normal(screen: string): string {
  const texts: [RegExp, string][] = [
    [/RUN_\d{8}_\d{6}/g, 'RUN_<time>'],
    [/svc_(\w+?)_\d{8}_\d{6}/g, 'svc_$1_<time>'],
    [/^\d\d:\d\d:\d\d /gm, '<time> '],
    [/ +CPU +\d+% +RAM +[\d.]+(?:\/[\d.]+)? GB/g, '  CPU <n>% RAM <n> GB'],
    [/:\d{5} /g, ':<port> '],
    [/pid \d+/g, 'pid <pid>'],
    [/(?<!V)RAM \d+ MB/g, 'RAM <n> MB'],
    [/\d+\.\d+(?:s\b|…)/g, '<s>'],
    [/\b\d+:\d\d\b/g, '<clock>'],
    [/, ~<clock>\+? left/g, ''],
    [/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/gm, '<spinner>'],
    [/─+$/gm, '─'],
    [/ {2,}/g, '  '],
  ]
  const frame = screen.slice(screen.search(/^(?:jarvis )?RUN_/m)).trimEnd()
  return texts.reduce((text, [from, to]) => text.replaceAll(from, to), `\n${frame}\n`)
}

test.skipIf(skipped)(
  `two GPUs and what a service holds on them, in three sizes${why}`,
  async () => {
    const smi = nvidiaSmi()
    const name = 'NVIDIA GeForce RTX 5090'
    smi.gpus(
      { name, total: 32_607, base: 1_024, utilization: 45 },
      { name, total: 32_607, base: 8_192, utilization: 97, reasons: 8 },
    )
    const project = createProject('slow', onTestFinished)
    const { HOME = '' } = process.env
    const own = { HOME, LANG: 'C.UTF-8', XDG_RUNTIME_DIR: project.runtime }
    const env = { ...own, ...smi.env, JARVIS_PLAN: 'plans/screen.yaml' }
    const shell = openShell({ cwd: project.root, columns: 80, rows: 24, env })
    onTestFinished(() => shell.close())
    const program = [process.execPath, vitestProgram, 'run', '--config', 'jarvis'].join(' ')
    shell.press(`clear; ${program}`, 'Enter')
    await shell.until((screen) => expect(screen).toMatch(/^. Running b_slow > runs .* keys/m))
    const session = latestSession(join(project.root, 'logs'))!
    const [spawned] = session.eventsOf('service_spawned')
    smi.allocate(spawned!.pid, { used: 2_048, gpu: 1 })
    const isDrawn = (screen: string): void => {
      expect(screen).toMatch(/RAM \d+ MB {2}VRAM 2\.0 GB/)
      expect(screen).toMatch(/GPU 1 .* 10\.0\/31\.8 GB/)
    }
    expect(normal(await shell.until(isDrawn))).toMatchInlineSnapshot(`
      "
      jarvis RUN_<time>  On screen  CPU <n>% RAM <n> GB  GPU 45% 97%
      GPU 0 RTX 5090  █┃░░░░░░░░░░░░░░  1.0/31.8 GB  prior  1.0  peak  1.0  45%
      GPU 1 RTX 5090  ████┊┃░░░░░░░░░░ 10.0/31.8 GB  prior  8.0  peak 10.0  97%
      ● sim://small  :<port>  pid <pid>  ready  <clock>  RAM <n> MB  VRAM 2.0 GB

      llm  61/63
        ● sim://small  61/63  <s> + <clock>

      ── progression.log ─
      <time> Scenario many > number 51: PASSED (Duration: <s>)
      <time> Scenario many > number 52: PASSED (Duration: <s>)
      <time> Scenario many > number 53: PASSED (Duration: <s>)
      <time> Scenario many > number 54: PASSED (Duration: <s>)
      <time> Scenario many > number 55: PASSED (Duration: <s>)
      <time> Scenario many > number 56: PASSED (Duration: <s>)
      <time> Scenario many > number 57: PASSED (Duration: <s>)
      <time> Scenario many > number 58: PASSED (Duration: <s>)
      <time> Scenario many > number 59: PASSED (Duration: <s>)
      <time> Scenario b_slow > has passed: PASSED (Duration: <s>)
      llm  ███████████████░ 61/63 ✓61
      Total  ███████████████░ 61/63 ✓61  <clock>
      <spinner> Running b_slow > runs  <clock>  ? keys  q cancel
      "
    `)

    // What a lower terminal pushes out of sight is taken back when it is higher again.
    shell.resize(80, 16)
    await shell.until((screen) => expect(screen).toMatch(/^jarvis RUN_.*\n(?:.*\n){13}. Running/))
    shell.resize(80, 24)
    await shell.until((screen) => {
      expect(screen).toMatch(/^jarvis RUN_.*\n(?:.*\n){20}. Running/m)
      expect(shell.everything().match(/RUN_/g)).toHaveLength(1)
      expect(shell.everything().match(/^Total /gm)).toHaveLength(1)
    })

    shell.resize(200, 50)
    const wide = await shell.until((screen) => {
      isDrawn(screen)
      expect(screen).toMatch(/^Total .* 61 passed/m)
    })
    expect(normal(wide)).toMatchInlineSnapshot(`
      "
      jarvis RUN_<time>  On screen  CPU <n>% RAM <n> GB  GPU 45% 97%
      GPU 0 RTX 5090  █┃░░░░░░░░░░░░░░░░░░░░░░  1.0/31.8 GB  prior  1.0  peak  1.0  45%
      GPU 1 RTX 5090  ██████┊█┃░░░░░░░░░░░░░░░ 10.0/31.8 GB  prior  8.0  peak 10.0  97%
      ● sim://small  :<port>  pid <pid>  ready  <clock>  RAM <n> MB  VRAM 2.0 GB  svc_llm_small_<time>.log

      llm  61/63
        ● sim://small  61/63  setup <s>  run <clock>

      ── progression.log ─
      <time> Scenario many > number 51: PASSED (Duration: <s>)
      <time> Scenario many > number 52: PASSED (Duration: <s>)
      <time> Scenario many > number 53: PASSED (Duration: <s>)
      <time> Scenario many > number 54: PASSED (Duration: <s>)
      <time> Scenario many > number 55: PASSED (Duration: <s>)
      <time> Scenario many > number 56: PASSED (Duration: <s>)
      <time> Scenario many > number 57: PASSED (Duration: <s>)
      <time> Scenario many > number 58: PASSED (Duration: <s>)
      <time> Scenario many > number 59: PASSED (Duration: <s>)
      <time> Scenario b_slow > has passed: PASSED (Duration: <s>)
      llm  █████████████████████████████░ 61/63  61 passed  0 failed  0 missing
      Total  █████████████████████████████░ 61/63  61 passed  0 failed  0 missing  <clock>
      <spinner> Running b_slow > runs  <clock>  ? keys  q cancel
      "
    `)

    shell.resize(60, 16)
    const small = await shell.until((screen) => {
      expect(screen.trimEnd().split('\n').at(-1)).toMatch(/^. Running b_slow > runs .* keys/)
      expect(screen).toMatch(/^RUN_/)
    })
    expect(normal(small)).toMatchInlineSnapshot(`
      "
      RUN_<time>  On screen  CPU <n>% RAM <n> GB  2 GPUs
      GPU 0 RTX 5090  █┃░░░░░░░░░░░░░░  1.0/31.8 GB  45%
      GPU 1 RTX 5090  ████┊┃░░░░░░░░░░ 10.0/31.8 GB  97%
      ● sim://small  :<port>  ready  <clock>  RAM <n> MB  VRAM 2.0 GB
      llm  61/63
        ● sim://small  61/63  <s> + <clock>
      ── progression.log ─
      <time> Scenario many > number 56: PASSED (Duration: <s>
      <time> Scenario many > number 57: PASSED (Duration: <s>
      <time> Scenario many > number 58: PASSED (Duration: <s>
      <time> Scenario many > number 59: PASSED (Duration: <s>
      <time> Scenario b_slow > has passed: PASSED (Duration: 0…
      llm  ███████████████░ 61/63 ✓61
      Total  ███████████████░ 61/63 ✓61  <clock>
      <spinner> Running b_slow > runs  <clock>  ? keys  q cancel
      "
    `)

    shell.press('q')
    await shell.until((screen) => expect(screen).toMatch(/Session +logs\/RUN_/))
    expect(session.eventsOf('sample').findLast(({ services }) => services)?.services).toEqual([
      { service: 'small', pid: spawned!.pid, rss: expect.any(Number), vram: 2 },
    ])
  },
)
