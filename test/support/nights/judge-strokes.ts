/** What each kind of stroke may cost, and how it is to be told. */
import type { Evidence, JudgedStroke, Row } from './verdict.ts'

interface Rule {
  /** Of the line, or of what a result says, that tells it; null where it costs nothing and there is nothing to tell. */
  tells: RegExp | null
  /** What it may cost: its scenario, the rest of its file as well, its file, its loadout, what was still to come. */
  costs: 'nothing' | 'scenario' | 'next' | 'rest' | 'file' | 'service' | 'loadout' | 'all after'
}

const RULES: Record<string, Rule> = {
  loop: { costs: 'rest', tells: /did not yield for \d+ s/ },
  regexp: { costs: 'rest', tells: /did not yield for \d+ s/ },
  top_level_await: { costs: 'file', tells: /did not finish loading its scenarios within \d+ s/ },
  exit: { costs: 'scenario', tells: /process\.exit unexpectedly called with "3"/ },
  memory: { costs: 'rest', tells: /ran out of memory/ },
  // What could not be sent is told beside what the next scenario found.
  unclonable: { costs: 'next', tells: /expected 1 to be 2|=> 1 could not be cloned/ },
  fake_timers: { costs: 'nothing', tells: null },
  worker_killed: { costs: 'rest', tells: /ended with SIGKILL/ },
  service_killed: { costs: 'service', tells: /ended unexpectedly \(SIGKILL\)/ },
  place_removed: { costs: 'nothing', tells: null },
  guest_runs: { costs: 'nothing', tells: null },
  guest_prunes: { costs: 'nothing', tells: null },
  slips: { costs: 'nothing', tells: /native:\/\/echo had gone into the background/ },
  stranger: {
    costs: 'nothing',
    tells: /is served by .* It is started once more, on another port\./,
  },
  stranger_fixed: { costs: 'loadout', tells: /where native:\/\/fixed is asked, is served by/ },
  head: { costs: 'nothing', tells: /^Standard output is lost/ },
  full: { costs: 'nothing', tells: /^Standard output cannot be written/ },
  launcher: { costs: 'all after', tells: /^Cancelled: .* is gone/ },
  kept: { costs: 'nothing', tells: null },
}

interface Judged {
  strokes: { kind: string; told: number; isToTell: boolean; wrong: string[] }[]
  unharmed: { compared: number; different: string[] }
  /** Warnings and errors that neither the undisturbed night has nor a stroke explains. */
  untold: string[]
}

const ROWS_OF_A_FILE = 5

export function judgeStrokes(evidence: Evidence): Judged {
  const { night, facts, calm } = evidence
  const rows = new Map(facts.rows.map((row) => [row.id, row]))
  const spoilt = new Set<string>()
  const strokes = night.struck.map((stroke) => {
    const { costs, tells } = RULES[stroke.kind]!
    const wrong: string[] = []
    const ids = costOf(stroke, costs, evidence)
    for (const id of ids) spoilt.add(id)
    wrong.push(...wrongInside(stroke, costs, ids, evidence))
    const told = tells === null ? 0 : tellsOf(stroke, tells, ids, evidence)
    if (tells !== null && told !== 1) wrong.push(`it is told ${told} times`)
    wrong.push(...wrongOfGuest(stroke))
    return { kind: stroke.kind, told, isToTell: tells !== null, wrong }
  })
  const different: string[] = []
  let compared = 0
  const planned = new Set(calm.rows.map(({ id }) => id))
  for (const row of calm.rows) {
    if (spoilt.has(row.id)) continue
    compared += 1
    const now = rows.get(row.id)
    const [was, is] = [
      told(row, calm.root),
      now === undefined ? 'no result' : told(now, facts.root),
    ]
    if (was !== is) different.push(`${row.id} was ${was} and is ${is}`)
  }
  for (const { id } of facts.rows) {
    if (!planned.has(id) && !spoilt.has(id)) different.push(`${id} is no result of the plan`)
  }
  return { strokes, unharmed: { compared, different }, untold: untoldLines(evidence, spoilt) }
}

/** What of a result is the same each time. */
function told(row: Row, root: string): string {
  const { status, errors, retries, repeat, input_text, output_text, attachments, metrics } = row
  const said = errors.map(({ message, expected, actual }) => [
    message.replaceAll(root, ''),
    expected,
    actual,
  ])
  const e2el = metrics['e2el']
  const length = e2el === undefined || e2el === null ? e2el : Number(e2el) > 0
  const kept = attachments.length
  return JSON.stringify({ status, said, retries, repeat, input_text, output_text, kept, length })
}

const stemOf = ({ file }: Row): string => /([^/]+)\.scenario\.ts$/.exec(file)![1]!

/** The results that a stroke may spoil, by their ids. */
function costOf(stroke: JudgedStroke, costs: Rule['costs'], { facts, calm }: Evidence): string[] {
  const { place } = stroke
  const inLoadout = (row: Row): boolean =>
    row.domain === place?.domain && row.loadout === place?.loadout
  const inFile = (row: Row): boolean => inLoadout(row) && stemOf(row) === place?.stem
  const ofFile = calm.rows.filter(inFile)
  const ids = (rows: Row[]): string[] => rows.map(({ id }) => id)
  const index = place?.index ?? 0
  switch (costs) {
    case 'nothing':
      return []
    case 'scenario':
      return ids(ofFile.slice(index, index + 1))
    case 'next':
      return ids(ofFile.slice(index + 1, index + 2))
    case 'rest':
      return ids(ofFile.slice(index))
    case 'file': {
      const named = facts.rows.filter(
        ({ name, status }) => name === place?.stem && status === 'FAILED',
      )
      return named.flatMap((row) => [
        row.id,
        ...ids(calm.rows.filter((one) => one.file === row.file && one.loadout === row.loadout)),
      ])
    }
    case 'service': {
      const back = facts.events.find(
        ({ type, seq, loadout }) =>
          type === 'service_restarted' && loadout === place?.loadout && seq > stroke.seq!,
      )
      const until = back?.seq ?? Infinity
      const started = new Map(
        facts.events.flatMap(({ type, id, seq }) =>
          type === 'scenario_started' ? [[id, seq]] : [],
        ),
      )
      return facts.events.flatMap(({ type, seq, result }) => {
        if (type !== 'scenario_ended' || !inLoadout(result!) || seq <= stroke.seq!) return []
        return (started.get(result!.id) ?? Infinity) < until ? [result!.id] : []
      })
    }
    case 'loadout':
      return ids(calm.rows.filter(({ loadout }) => loadout === 'native-fixed'))
    case 'all after': {
      const later = facts.rows.filter(({ status }) => status === 'INTERRUPTED')
      const files = new Set(later.filter((row) => row.name === stemOf(row)).map(keyOfFile))
      return [...ids(later), ...ids(calm.rows.filter((row) => files.has(keyOfFile(row))))]
    }
  }
}

const keyOfFile = ({ file, loadout }: Row): string => `${loadout} ${file}`

/** What is wrong with the results that a stroke fell on. */
function wrongInside(
  { kind, seq }: JudgedStroke,
  costs: Rule['costs'],
  ids: readonly string[],
  { facts, calm, night }: Evidence,
): string[] {
  const rows = facts.rows.filter(({ id }) => ids.includes(id))
  const statuses = rows.map(({ status }) => status)
  const tale = statuses.join(' ')
  const isEnded = night.struck.some((one) => one.kind === 'launcher')
  const wrong = (isRight: boolean): string[] => (isRight ? [] : [`its results are ${tale}`])
  switch (costs) {
    case 'nothing':
      return []
    case 'scenario':
    case 'next':
      return wrong(tale === 'FAILED')
    case 'rest': {
      // What died between two scenarios takes the next one along.
      const skipped = /^(?:PASSED )*FAILED(?: (?:INTERRUPTED|SKIPPED))*$/
      const exact = /^FAILED(?: (?:INTERRUPTED|SKIPPED))*$/
      const between = /^(?:(?:PASSED|FAILED|SKIPPED) )*INTERRUPTED(?: (?:INTERRUPTED|SKIPPED))*$/
      if (kind !== 'worker_killed') return wrong(exact.test(tale))
      return wrong(skipped.test(tale) || between.test(tale))
    }
    case 'file':
      return wrong(tale === 'FAILED')
    case 'loadout':
      return wrong(
        isEnded || statuses.every((status) => status === 'FAILED' || status === 'SKIPPED'),
      )
    case 'service': {
      if (seq === undefined) return ['nobody knows when it struck']
      // None where it died between two requests; else the rest of its file, and some of the next one, which was quick.
      return wrong(rows.length <= ROWS_OF_A_FILE * 2)
    }
    case 'all after': {
      const missing = calm.rows.length - facts.rows.length
      return statuses.length > 0 || missing === 0 ? [] : ['nothing is INTERRUPTED']
    }
  }
}

function wrongOfGuest({ kind, output, code }: JudgedStroke): string[] {
  if (output === undefined) return []
  const wrong: string[] = []
  if (code !== 0) wrong.push(`the other host ended with ${code}: ${output}`)
  if (/Completed a run that died/.test(output)) wrong.push(`the other host completed it: ${output}`)
  if (kind === 'guest_prunes' && /RUN_\w+ {2}(?:goes|would go|gone)/.test(output)) {
    wrong.push(`the other host pruned it: ${output}`)
  }
  return wrong
}

/** How often a stroke is told: by lines of its own, or by the cause of the results that it fell on. */
function tellsOf(
  stroke: JudgedStroke,
  tells: RegExp,
  ids: readonly string[],
  { facts }: Evidence,
): number {
  const lines = facts.story.map((line) => /\[(?:WARN|ERROR)\] (.*)$/.exec(line)?.[1] ?? '')
  const matching = lines.filter((line) => tells.test(line) && !line.startsWith('Scenario '))
  const first = facts.rows.find(({ id, status }) => ids.includes(id) && status === 'FAILED')
  if (first === undefined || stroke.kind === 'service_killed') return matching.length
  // Results of one file, or of a loadout that is down, share a cause, which is told once for all.
  if (first.errors.some(({ message }) => tells.test(message))) {
    return facts.events.filter(({ type, id }) => type === 'cause_found' && id === first.cause)
      .length
  }
  return matching.length
}

/** Warnings and errors of the story that are neither of the undisturbed night, nor rows, nor tell of a stroke. */
function untoldLines({ night, facts, calm }: Evidence, spoilt: ReadonlySet<string>): string[] {
  const worded = (story: string[], root: string): string[] =>
    story.flatMap((line) => {
      const message = /\[(?:WARN|ERROR)\] (.*)$/.exec(line)?.[1]
      return message === undefined
        ? []
        : [message.replaceAll(root, '').replaceAll(/\d+(?:\.\d+)?/g, '#')]
    })
  const known = new Set(worded(calm.story, calm.root))
  const spoiltNames = new Set(facts.rows.filter(({ id }) => spoilt.has(id)).map(({ name }) => name))
  return worded(facts.story, facts.root).filter((line) => {
    if (known.has(line)) return false
    const name = /^Scenario (.*): [A-Z]+(?: \(|$)/.exec(line)?.[1]
    if (name !== undefined) return !spoiltNames.has(name)
    if (line.startsWith('Service Restarted: ')) return false
    return !night.struck.some(({ kind }) => {
      const { tells } = RULES[kind]!
      return tells !== null && new RegExp(tells.source.replaceAll(/\\d\+|\d+/g, '#')).test(line)
    })
  })
}
