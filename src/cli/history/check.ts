import { visibleJson } from '../../host/plain-text.ts'
import { basename } from 'node:path'
import pc from 'picocolors'
import { JarvisError } from '../../errors.ts'
import { clean } from '../../dashboard/text.ts'
import {
  type Gate,
  gateNames,
  gatesInForce,
  parseGateList,
  parseUncertain,
  readGates,
} from '../../plan/index.ts'
import { GATE_WORDS } from '../../report/gate-words.ts'
import { judgeGates } from '../../report/gates/judge.ts'
import { failsRun, type Verdict } from '../../report/gates/verdict.ts'
import { readSession } from '../../report/session/index.ts'
import type { SessionReport } from '../../report/session/types.ts'
import type { SessionJudgement } from '../../events/index.ts'
import { baselineDirectory } from '../../session/history/baselines.ts'
import { type Command, oneSession, readArguments, type Terminal } from '../command.ts'
import { logsFolder } from '../find-session.ts'
import { namedSession } from './named-session.ts'
import { patiently } from './patience.ts'

/** `jarvis check`: judges a session by gates. */
export const checkCommand: Command = {
  summary: 'judge a session by gates',
  help: [
    'Usage: jarvis check [SESSION] [--max-failures N] [--min-pass-rate 95%] [--max-wer X] [--max-ttft S] …',
    '                    [--no-slower-than "NAME 10 %"] [--baseline NAME] [--uncertain pass|fail]',
    '                    [--results-only] [--json]',
    '',
    'Judges a session (the newest where none is named) by the gates of the plan that it ran and by those given here.',
    'One given here takes the place of the gate of that name that the plan has for the whole run. Every gate of a',
    'plan is an option: min_decode_tps is --min-decode-tps. --baseline chooses what no_slower_than compares with.',
    '',
    '  --uncertain pass|fail  what becomes of no_slower_than where nobody can tell: numbers differ as much from night',
    '                  to night anyway (as the plan says, else pass)',
    '  --results-only  judges results without a journal, of which nobody can tell whether they are all of a run',
    '  --json          the verdicts for machines (docs/history.md)',
    '',
    '  jarvis check',
    '  jarvis check latest --max-failures 0 --max-wer 0.1',
    '  jarvis check RUN_20260216_231205 --baseline before-driver',
    '',
    'Exit codes: 0 all gates held, or cannot be told and may pass; 1 one is broken, could not be judged in a run of a',
    'whole plan, or cannot be told and must not; 2 there is nothing to judge, or the session is damaged or cut off,',
    'so that nothing it says can be relied on.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const options = gateNames.map((name) => [flagOf(name), { type: 'string' }] as const)
    const { values, positionals } = readArguments('check', args, {
      ...(Object.fromEntries(options) as Record<string, { type: 'string' }>),
      baseline: { type: 'string' },
      uncertain: { type: 'string' },
      'results-only': { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const directory = await namedSession(oneSession('check', positionals), terminal)
    const given = values as Record<string, string | boolean | undefined>
    const added = gateNames.flatMap((name) => {
      const value = given[flagOf(name)]
      return typeof value === 'string' ? parseGateList(`${name}=${value}`, `--${flagOf(name)}`) : []
    })
    const isAsked = values['results-only'] === true
    const uncertain =
      values.uncertain === undefined ? null : parseUncertain(values.uncertain, '--uncertain')
    const baseline = values.baseline ?? null
    const { verdicts, judgement } = await patiently(
      () => `Reading ${basename(directory)} …`,
      () => check(directory, { added, baseline, uncertain, isAsked, terminal }),
    )
    const fails = verdicts.some((verdict) => verdict.fails)
    if (values.json) {
      const report = {
        schema_version: 1,
        session: basename(directory),
        judgement,
        passed: !fails,
        verdicts,
      }
      terminal.write(`${visibleJson(report, 2)}\n`)
    } else {
      if (judgement.verdict !== 'whole') terminal.write(`${clean(judgement.sentence)}\n`)
      terminal.write(`${lines(basename(directory), verdicts, terminal).join('\n')}\n`)
    }
    return fails ? 1 : 0
  },
}

interface Input {
  added: Gate[]
  baseline: string | null
  /** What becomes of gates that nobody can tell; null: as each says. */
  uncertain: 'pass' | 'fail' | null
  /** Results without a journal are judged, too. */
  isAsked: boolean
  terminal: Terminal
}

type Checked = Verdict & { fails: boolean }

async function check(
  directory: string,
  { added, baseline, uncertain, isAsked, terminal }: Input,
): Promise<{ verdicts: Checked[]; judgement: SessionJudgement }> {
  const report = await readSession(directory)
  const { judgement } = report
  refuse(report, isAsked)
  const inForce = gatesInForce(gatesOfPlan(report, terminal.env), added, baseline)
  const gates = inForce.map((gate) =>
    gate.kind === 'baseline' && uncertain !== null ? { ...gate, uncertain } : gate,
  )
  if (gates.length === 0) {
    const what = `The plan of ${report.name} has no gates`
    throw new JarvisError('USAGE', `${what}. Give some: jarvis check --max-failures 0`)
  }
  const verdicts = await judgeGates(directory, gates, {
    ...(judgement.verdict === 'results_only' ? { isComplete: true } : {}),
    findBaseline: (named) => baselineDirectory(logsFolder(terminal), named, terminal.cwd),
  })
  const checked = verdicts.map((verdict) => {
    return { ...verdict, fails: failsRun(verdict, report.kind) }
  })
  return { verdicts: checked, judgement }
}

/**
 * What a session says of its results must be what was written: else a gate would hold by what is not there.
 *
 * @throws JarvisError USAGE for a session that cannot be judged, and why
 */
function refuse({ name, judgement: { verdict, sentence } }: SessionReport, isAsked: boolean): void {
  if (verdict === 'damaged' || verdict === 'cut_off') {
    throw new JarvisError('USAGE', `${name} was not judged. ${sentence} See: jarvis show ${name}`)
  }
  if (verdict !== 'results_only' || isAsked) return
  const advice = 'To judge what is there all the same: jarvis check --results-only'
  throw new JarvisError('USAGE', `${name} was not judged. ${sentence} ${advice}`)
}

function gatesOfPlan({ plan, name }: SessionReport, env: NodeJS.ProcessEnv): Gate[] {
  if (plan?.content == null) return []
  return readGates(plan.content, `${name}: ${plan.file}`, env)
}

function flagOf(name: string): string {
  return name.replaceAll('_', '-')
}

function lines(name: string, verdicts: readonly Checked[], { colors }: Terminal): string[] {
  const paint = pc.createColors(colors)
  const width = Math.max(...verdicts.map(({ gate }) => gate.length))
  const told = verdicts.map(({ status, gate, scope, message, fails }) => {
    const colour = fails ? paint.red : status === 'held' ? paint.green : paint.yellow
    const parts = [scope?.domain, scope?.loadout].filter((part) => part != null)
    const narrowed = parts.length === 0 ? '' : `(${parts.join(' ')}) `
    return `${colour(GATE_WORDS[status].padEnd(11))} ${gate.padEnd(width)}  ${clean(narrowed + message)}`
  })
  return [...told, '', `${name}: ${conclusion(verdicts)}`]
}

/** All verdicts in one sentence. */
function conclusion(verdicts: readonly Checked[]): string {
  const all = verdicts.length
  const count = (which: (one: Checked) => boolean): number => verdicts.filter(which).length
  const wrong = count(({ fails }) => fails)
  const unsure = count(({ status, fails }) => status === 'cannot_tell' && !fails)
  const held = count(({ status }) => status === 'held')
  if (wrong > 0) return `${wrong} of ${all} gates did not hold.`
  const which = all === 1 ? 'The gate' : `All ${all} gates`
  if (held === all) return `${which} held.`
  if (unsure === 0) return `${which} held, or could not be judged in a part of a plan.`
  const rest = all - held - unsure
  const part = rest === 0 ? '' : `, ${rest} could not be judged in a part of a plan`
  return `${held} of ${all} gates held; ${unsure} cannot be told, which passes${part}.`
}
