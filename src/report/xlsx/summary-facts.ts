import type { ScenarioStatus } from '../../events/index.ts'
import { mergedText } from '../../events/merged-text.ts'
import { GATE_WORDS, gateScope } from '../gate-words.ts'
import { hasHosts, hostParts, ranText } from '../session/hosts.ts'
import type { GateReport, SessionReport } from '../session/index.ts'

/** A part of the summary below the totals. */
export interface FactGroup {
  title: string
  facts: readonly Fact[]
}

interface Fact {
  label: string
  value: string
  /** Where it leads. */
  path?: string
  /** Whose colours it has. */
  like?: ScenarioStatus
}

/** Files that a person opens; the results and the journal are for programs. */
const FILES = [
  'report.html',
  'progression.log',
  'system_info.yaml',
  'telemetry.csv',
  'events.jsonl',
]

/** What is known of the run besides its results: groups without anything known are left out. */
export function summaryFacts(session: SessionReport): FactGroup[] {
  const groups = [
    { title: 'Gates', facts: gateFacts(session) },
    { title: 'Run', facts: runFacts(session) },
    { title: 'Errors outside scenarios', facts: errorFacts(session) },
    { title: 'What could not be read', facts: damageFacts(session) },
    { title: 'Parts', facts: partFacts(session) },
    { title: 'Host', facts: hasHosts(session) ? hostsFacts(session) : hostFacts(session) },
    { title: 'Git', facts: gitFacts(session) },
    { title: 'Plan', facts: planFacts(session) },
    { title: 'Engines', facts: engineFacts(session) },
    { title: 'Files', facts: fileFacts(session) },
  ]
  return groups.filter(({ facts }) => facts.length > 0)
}

function runFacts(session: SessionReport): Fact[] {
  const { runtime, total, counts } = session
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return known([
    ['Session', session.name],
    [
      'Kind',
      session.kind === null ? null : session.kind === 'plan' ? 'whole plan' : 'part of a plan',
    ],
    ['Imported from', session.imported?.from ?? null],
    ['Started', clock(session.startedAt)],
    ['Ended', clock(session.endedAt)],
    ['Duration', session.duration === null ? null : durationText(session.duration)],
    ['Results', total === null || total === done ? String(done) : `${done} of ${total} expected`],
    ['VRAM peak', session.vramPeak === null ? null : `${session.vramPeak.toFixed(2)} GB`],
    ['Command', runtime['command'] ?? null],
    ['jarvis', runtime['jarvis'] ?? null],
    ['Vitest', runtime['vitest'] ?? null],
    ['Node', runtime['node'] ?? null],
  ])
}

function gateFacts({ gates }: SessionReport): Fact[] {
  return gates.map((gate) => ({
    label: gate.gate,
    value: `${gateWord(gate)}: ${gate.message}`,
    like: gate.fails ? 'FAILED' : gate.status === 'held' ? 'PASSED' : 'INTERRUPTED',
  }))
}

/** `BROKEN (stt)`: labels are short. */
function gateWord(gate: GateReport): string {
  const [word, scope] = [GATE_WORDS[gate.status].toUpperCase(), gateScope(gate)]
  return scope === null ? word : `${word} (${scope})`
}

function errorFacts({ errors }: SessionReport): Fact[] {
  return errors.map(({ time, message }) => ({ label: time.slice(11, 19), value: message }))
}

function damageFacts({ damage }: SessionReport): Fact[] {
  return damage.map((sentence) => ({ label: 'Damage', value: sentence }))
}

function partFacts({ merged }: SessionReport): Fact[] {
  if (merged === null) return []
  const parts = merged.parts.map(({ index, session, label, verdict, sentence }): Fact => {
    const value = `${session} on ${label}: ${sentence}`
    return { label: `Part ${index}`, value, ...(verdict !== 'whole' && { like: 'FAILED' }) }
  })
  const missing = merged.missing.map((index): Fact => {
    return { label: `Part ${index}`, value: 'It is missing.', like: 'MISSING' }
  })
  return [{ label: 'Merged', value: mergedText(merged) }, ...parts, ...missing]
}

function hostsFacts(session: SessionReport): Fact[] {
  return hostParts(session).map(({ label, parts, gpus, machine }) => {
    const facts = [machine?.os, machine?.cpu, gpus.join(', '), ranText(parts)]
    return { label, value: facts.filter(Boolean).join(', ') }
  })
}

function hostFacts({ host }: SessionReport): Fact[] {
  if (host === null) return []
  const gpus = host.gpus.map(({ index, model, vramGb, driver }): [string, string] => {
    const facts = [
      vramGb === null ? '' : `${vramGb.toFixed(2)} GB`,
      driver ? `driver ${driver}` : '',
    ]
    const name = host.gpus.length > 1 || index > 0 ? `GPU ${index}` : 'GPU'
    return [name, [model, ...facts.filter(Boolean)].join(', ')]
  })
  return known([
    ['System', host.os],
    [
      'Processor',
      host.cpu === null ? null : `${host.cpu}${host.cpuCount ? `, ${host.cpuCount} threads` : ''}`,
    ],
    ['Memory', host.ramGb === null ? null : `${host.ramGb.toFixed(2)} GB`],
    ...(gpus.length === 0 ? [['GPU', 'none'] as [string, string]] : gpus),
  ])
}

function gitFacts({ git }: SessionReport): Fact[] {
  if (git === null) return []
  const dirty = git.dirty === null ? null : git.dirty ? 'yes' : 'no'
  return known([
    ['Commit', git.commit],
    ['Branch', git.branch],
    ['Changed files', dirty],
  ])
}

function planFacts({ plan }: SessionReport): Fact[] {
  if (plan === null) return []
  return known([
    ['Name', plan.name],
    ['File', plan.file],
    ['SHA-256', plan.sha256],
  ])
}

function engineFacts({ engines }: SessionReport): Fact[] {
  return Object.entries(engines).map(([label, version]) => ({
    label,
    value: version ?? 'not found',
  }))
}

function fileFacts({ files }: SessionReport): Fact[] {
  return FILES.filter((name) => files.includes(name)).map((name) => ({
    label: name.endsWith('.html') ? 'Page' : 'File',
    value: name,
    path: name,
  }))
}

function known(pairs: readonly [string, string | null][]): Fact[] {
  return pairs.flatMap(([label, value]) =>
    value === null || value === '' ? [] : [{ label, value }],
  )
}

function clock(iso: string | null): string | null {
  return iso === null
    ? null
    : `${iso.slice(0, 10)} ${iso.slice(11, 19)} ${iso.slice(23) || iso.slice(19)}`.trim()
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}
