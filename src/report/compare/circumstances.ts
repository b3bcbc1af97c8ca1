import { hasHosts, hostsOfLoadout } from '../session/hosts.ts'
import type { LoadoutReport } from '../session/types.ts'
import type { Side } from './cases.ts'
import type { Difference } from './differences.ts'

/**
 * What speaks against comparing the results of two sessions: loadouts on other hosts, requests that went without a parameter, doubts, and memory
 * that loadouts have left behind, which those after them had not.
 */
export function circumstancesOf(a: Side, b: Side): Difference[] {
  return [...hostsOf(a, b), ...withoutOf(a, b), ...leaksIn(a, b), ...doubtsIn(a, b)]
}

/** Loadouts that ran on other hosts, where either session is of several. */
function hostsOf({ report: a }: Side, { report: b }: Side): Difference[] {
  if (!hasHosts(a) && !hasHosts(b)) return []
  const [left, right] = [a, b].map((report) => {
    const own = (loadout: LoadoutReport): string =>
      hostsOfLoadout(report, loadout).join(', ') || (report.machine?.name ?? 'unknown')
    return new Map(
      report.loadouts
        .filter(({ done }) => done > 0)
        .map((one) => [`${one.domain} ${one.models.join(' + ') || one.loadout}`, own(one)]),
    )
  }) as [Map<string, string>, Map<string, string>]
  return [...left].flatMap(([loadout, host]) => {
    const other = right.get(loadout)
    return other === undefined || other === host
      ? []
      : [{ what: `host of ${loadout}`, a: host, b: other }]
  })
}

/** Of a loadout that was asked without the same in both there is nothing to say. */
function withoutOf({ without: a }: Side, { without: b }: Side): Difference[] {
  const [left, right] = [a.texts(), b.texts()]
  const loadouts = [...new Set([...left.keys(), ...right.keys()])]
  return loadouts
    .filter((loadout) => a.parametersOf(loadout) !== b.parametersOf(loadout))
    .map((loadout) => ({
      what: `${loadout} asked without`,
      a: left.get(loadout) ?? 'nothing',
      b: right.get(loadout) ?? 'nothing',
    }))
}

/** By loadout, where one has left memory behind and the other none, or other memory. */
function leaksIn(a: Side, b: Side): Difference[] {
  const leaks = ({ report }: Side): Map<string, string> =>
    new Map(
      report.loadouts.flatMap(({ domain, models, loadout, leak }) =>
        leak === null ? [] : [[`${domain} ${models.join(' + ') || loadout}`, leak] as const],
      ),
    )
  const [left, right] = [leaks(a), leaks(b)]
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((loadout) => left.get(loadout) !== right.get(loadout))
    .map((loadout) => ({
      what: `VRAM after ${loadout}`,
      a: left.get(loadout) ?? 'came back',
      b: right.get(loadout) ?? 'came back',
    }))
}

/** Flags that make numbers doubtful, where either has any. */
function doubtsIn(a: Side, b: Side): Difference[] {
  const text = ({ flags }: Side): string => {
    const telling = flags.list().filter(({ metrics }) => metrics.length > 0)
    const counts = telling.map(({ flag, results }) => `${flag} in ${results}`)
    return counts.length === 0
      ? 'nothing'
      : `${counts.join(', ')} of ${flags.total} ${flags.total === 1 ? 'result' : 'results'}`
  }
  const [left, right] = [text(a), text(b)]
  return left === right && left === 'nothing' ? [] : [{ what: 'in doubt', a: left, b: right }]
}
