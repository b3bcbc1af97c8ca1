import { resolve } from 'node:path'
import { duration } from '../dashboard/format.ts'
import { clean } from '../dashboard/text.ts'
import { JarvisError } from '../errors.ts'
import { visibleJson } from '../host/plain-text.ts'
import { shellWord } from '../host/shell-word.ts'
import { type Split, writeSplit } from '../split/split-file.ts'
import { timingsFileOf, writeTimings } from '../split/timings.ts'
import type { LoadoutWork } from '../split/work.ts'
import { type Command, readArguments } from './command.ts'
import { divided, partsOf, planToDivide } from './plan-to-divide.ts'
import { counted } from './sessions/words.ts'
import { shownPath } from './shown-path.ts'

/** `jarvis split`: a plan in parts that run on several machines. */
export const splitCommand: Command = {
  summary: 'divide a plan into parts for several machines',
  help: [
    'Usage: jarvis split [PLAN] -n PARTS [--out FILE] [--json]',
    '       jarvis split [PLAN] --timings',
    '',
    'Divides a plan by loadouts, so that the longest part is as short as can be, and writes that down for the tasks that run',
    'the parts: PLAN.split.json beside the plan, or FILE. Loadouts are never divided but where there are fewer of them than',
    'parts. How long they take is known by the newest runs in logs/ (JARVIS_LOGS), else by PLAN.timings.json beside the plan.',
    'The plan: JARVIS_PLAN, else plans/default.yaml.',
    '',
    'A task runs its part where JARVIS_SPLIT names that file, and its number comes of JARVIS_SHARD (2, or 2/4), Slurm,',
    "Kubernetes, GitLab, Buildkite, CircleCI, or Vitest's --shard=2/4. Without a file --shard and JARVIS_SHARD divide the",
    'plan by PLAN.timings.json alone, which is the same on all machines.',
    '',
    '  -n, --parts PARTS  how many',
    '  --out FILE         where to write the split',
    '  --timings          writes PLAN.timings.json of the newest runs, to be kept with the plan',
    '  --json             the split, and writes nothing',
    '',
    '  jarvis split plans/night.yaml -n 4',
    '  JARVIS_SPLIT=plans/night.split.json JARVIS_SHARD=2 vitest run --config jarvis',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('split', args, {
      parts: { type: 'string', short: 'n' },
      out: { type: 'string' },
      timings: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    if (positionals.length > 1) {
      throw new JarvisError('USAGE', 'Expected one plan. See: jarvis split --help')
    }
    const toDivide = await planToDivide(positionals[0], terminal)
    const { plan, projects, options, past, works } = toDivide
    const { cwd } = terminal
    const beside = resolve(cwd, timingsFileOf(plan.file))
    if (values.timings === true) {
      if (past.loadouts.length === 0) {
        const what = `No run of ${plan.file} in ${shownPath(options.logs, terminal)} tells how long its loadouts take`
        throw new JarvisError('USAGE', `${what}. Run it once: jarvis run ${plan.file}`)
      }
      await writeTimings(beside, past)
      const of = `${counted(past.loadouts.length, 'loadout')} of ${works.length}`
      terminal.write(`Wrote ${shownPath(beside, terminal)}: the times of ${of}.\n`)
      return 0
    }
    const { split, known } = await divided(toDivide, partsOf('split', values.parts))
    if (values.json === true) {
      terminal.write(`${visibleJson(split, 2)}\n`)
      return 0
    }
    const path = resolve(cwd, values.out ?? `${plan.file.replace(/\.ya?ml$/i, '')}.split.json`)
    await writeSplit(path, split)
    const titles = new Map(
      projects.map(({ domain, loadout }) => [`${domain} ${loadout.name}`, loadout.title]),
    )
    terminal.write(`${lines(split, known, titles).join('\n')}\n`)
    terminal.write(`\nWrote ${shownPath(path, terminal)}. Each task runs its part with:\n`)
    const part = `JARVIS_SPLIT=${shellWord(shownPath(path, terminal))} JARVIS_SHARD=1`
    terminal.write(`  ${part} npx --no-install jarvis run ${shellWord(plan.file)}\n`)
    return 0
  },
}

/** A line for each part, and how even they are. */
function lines(
  { parts, digest }: Split,
  works: readonly LoadoutWork[],
  titles: ReadonlyMap<string, string>,
): string[] {
  const known = works.filter(({ around, perFile }) => around !== null || perFile.size > 0).length
  const told = parts.flatMap(({ number, seconds, loadouts }) => {
    const time = seconds === null ? '' : `, about ${duration(seconds)}`
    const head = `Part ${number}: ${counted(loadouts.length, 'loadout')}${time}`
    if (loadouts.length === 0) return [`Part ${number}: nothing`]
    const named = loadouts.map(({ domain, loadout, files }) => {
      const title = clean(titles.get(`${domain} ${loadout}`) ?? loadout)
      return `  ${domain} ${title}${files === null ? '' : ` (${counted(files.length, 'file')})`}`
    })
    return [head, ...named]
  })
  const basis =
    known === 0
      ? 'No run tells how long they take: divided by the number of their files.'
      : `Times are known of ${known} of ${works.length} loadouts.`
  return [...told, '', `${basis} Digest ${digest.slice(0, 12)}.`]
}
