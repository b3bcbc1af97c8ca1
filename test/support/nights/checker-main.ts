/*
 * Judges a night from outside: by `/proc`, and by the files that it left, read here and by nothing of the product. What
 * is to be judged comes as JSON on standard input, the verdict goes to standard output.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { leftovers, portsOf, processesOf } from './left-behind.ts'
import { judgeStrokes } from './judge-strokes.ts'
import type { Evidence, JudgedNight, Row, SessionFacts, Verdict } from './verdict.ts'

/** What ends in order has ended by then: the grace of a service and some more. */
const GONE_WITHIN_MS = 10_000
const PAUSE_MS = 200

const { night, calm, cli } = JSON.parse(await text(process.stdin)) as {
  night: JudgedNight
  calm: { root: string; session: string }
  /** The command, for `show --json`. */
  cli: string
}
process.stdout.write(JSON.stringify(await judge()))

async function judge(): Promise<Verdict> {
  const facts = readFacts(night.root, night.session)
  const before = readFacts(calm.root, calm.session)
  const evidence: Evidence = { night, facts, calm: before }
  const problems: string[] = []
  const { strokes, unharmed, untold } = judgeStrokes(evidence)
  for (const { kind, wrong } of strokes) problems.push(...wrong.map((what) => `${kind}: ${what}`))
  problems.push(...unharmed.different.map((what) => `unharmed: ${what}`))
  problems.push(...untold.map((line) => `a line that no stroke explains: ${line}`))
  problems.push(...formOf(facts))
  const wanted = night.struck.some(({ kind }) => kind === 'launcher') ? 'cancelled' : 'whole'
  const verdict = shown(join(night.root, 'logs', night.session))
  if (verdict !== wanted) problems.push(`the judgement is ${verdict}, not ${wanted}`)
  if (wanted === 'whole' && night.code !== 1) problems.push(`the exit code is ${night.code}, not 1`)
  const left = await whatStays(facts)
  return {
    problems: [...problems, ...left.processes, ...left.ports, ...left.files],
    strokes: strokes.map(({ kind, told, isToTell }) => ({ kind, told, isToTell })),
    unharmed: { compared: unharmed.compared, equal: unharmed.compared - unharmed.different.length },
    processes: left.processes.length,
    ports: left.ports.length,
  }
}

async function whatStays(
  facts: SessionFacts,
): Promise<{ processes: string[]; ports: string[]; files: string[] }> {
  const spared = new Set(night.spared.map(({ pid }) => pid))
  const known = facts.events.flatMap(({ type, port }) =>
    type === 'service_spawned' && typeof port === 'number' ? [port] : [],
  )
  const ports = known.filter((port) => !night.spared.some((one) => one.port === port))
  const until = performance.now() + GONE_WITHIN_MS
  for (;;) {
    const processes = processesOf(night.root, spared).map((line) => `left running: ${line}`)
    const open = portsOf(ports).map((port) => `left listening: port ${port}`)
    if ((processes.length === 0 && open.length === 0) || performance.now() > until) {
      for (const { pid } of night.spared) {
        if (!existsSync(`/proc/${pid}`)) processes.push(`a stranger was ended: ${pid}`)
      }
      const files = leftovers(night).map((path) => `left behind: ${path}`)
      return { processes, ports: open, files }
    }
    // oxlint-disable-next-line no-await-in-loop -- looks again
    await sleep(PAUSE_MS)
  }
}

function shown(session: string): string {
  const args = [cli, 'show', '--json', session]
  const output = outputOf(args)
  return (JSON.parse(output) as { judgement: { verdict: string } }).judgement.verdict
}

/** What the command prints, whatever its exit code, which tells of failures. */
function outputOf(args: string[]): string {
  try {
    return execFileSync(process.execPath, args, { encoding: 'utf8', cwd: '/', stdio: 'pipe' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

/** What is wrong with the files themselves. */
function formOf({ events, rows, state }: SessionFacts): string[] {
  const wrong: string[] = []
  events.forEach(({ seq }, index) => {
    if (seq !== index + 1) wrong.push(`event ${index + 1} of the journal has the number ${seq}`)
  })
  const end = events.at(-1)
  if (end?.type !== 'run_ended' || end.recorded_by !== 'run') {
    wrong.push(`the journal ends with ${JSON.stringify(end)}`)
  }
  const told = events.flatMap(({ type, result }) => (type === 'scenario_ended' ? [result!] : []))
  const inFiles = new Map(rows.map((row) => [row.id, JSON.stringify(row)]))
  if (inFiles.size !== rows.length) wrong.push('a result stands twice in the files of results')
  for (const result of told) {
    if (inFiles.get(result.id) !== JSON.stringify(result)) {
      wrong.push(`${result.id} is in the journal, and not the same in the files of results`)
    }
  }
  if (told.length !== rows.length)
    wrong.push(`${told.length} results in the journal, ${rows.length} in files`)
  for (const { name, state: now } of state.services) {
    if (now !== 'exited') wrong.push(`${name} is ${now} in state.json after the end`)
  }
  const key = (event: SessionFacts['events'][number]): string =>
    `${event.pid} ${event.process_start}`
  const spawned = events.filter(({ type }) => type === 'service_spawned').map(key)
  const exited = events.filter(({ type }) => type === 'service_exited').map(key)
  for (const process of spawned) {
    const ends = exited.filter((one) => one === process).length
    if (ends !== 1) wrong.push(`the service with the pid ${process} has ${ends} ends`)
  }
  return wrong
}

function readFacts(root: string, session: string): SessionFacts {
  const folder = join(root, 'logs', session)
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const domains = readdirSync(folder).filter((name) => /^(?:llm|vlm|stt|tts|sts)\.json$/.test(name))
  const rows = domains.flatMap((name) => JSON.parse(read(name)) as Row[])
  const lines = read('events.jsonl').split('\n').slice(0, -1)
  return {
    root,
    rows,
    events: lines.map((line) => JSON.parse(line) as SessionFacts['events'][number]),
    story: read('progression.log').split('\n').slice(0, -1),
    state: JSON.parse(read('state.json')) as SessionFacts['state'],
  }
}
