import type { RecordedFacts } from './recorded-facts.ts'

/** What would run now. */
export interface PresentFacts {
  plan: { file: string; sha256: string; servicesSha256?: string | null }
  /** Paths of the files of scenarios that the plan names now. */
  files: readonly string[]
  scenarios: Readonly<Record<string, string>>
  engines: Readonly<Record<string, string | null>>
}

/** What is told of the session itself. */
export interface RecordedRun {
  plan: { file: string }
  /** Paths of the files of scenarios that have results. */
  files: ReadonlySet<string>
  /** Versions that services told: programs may say the same in other words. */
  told: Readonly<Record<string, string>>
}

const MOST_NAMED = 5

/** What is not as it was when a run began, a sentence each; what a session does not tell of is not held against it. */
export function changesSince(
  recorded: RecordedFacts,
  run: RecordedRun,
  present: PresentFacts,
): string[] {
  return [
    ...planChanges(recorded, run, present),
    ...scenarioChanges(recorded, run, present),
    ...engineChanges(recorded, run, present),
  ]
}

function planChanges(
  { planSha256, servicesSha256 }: RecordedFacts,
  run: RecordedRun,
  { plan }: PresentFacts,
): string[] {
  if (planSha256 === null) return ['Nothing tells which plan it ran']
  const changes: string[] = []
  if (planSha256 !== plan.sha256) {
    const isOther = run.plan.file !== plan.file
    changes.push(
      isOther
        ? `It ran the plan ${run.plan.file}, and this is ${plan.file}`
        : `The plan ${plan.file} has another text`,
    )
  }
  if (servicesSha256 !== null && servicesSha256 !== (plan.servicesSha256 ?? null)) {
    changes.push(`The services.yaml beside ${plan.file} has another text`)
  }
  return changes
}

function scenarioChanges(
  { scenarios: before }: RecordedFacts,
  run: RecordedRun,
  { files, scenarios: now }: PresentFacts,
): string[] {
  if (Object.keys(before).length === 0) return []
  const isIn = (texts: RecordedFacts['scenarios'], file: string): boolean =>
    Object.hasOwn(texts, file)
  const both = files.filter((file) => isIn(before, file) && isIn(now, file))
  const edited = both.filter((file) => before[file] !== now[file])
  const added = files.filter((file) => !isIn(before, file) && isIn(now, file))
  const present = new Set(files)
  const gone = [...run.files].filter((file) => !present.has(file))
  return [
    ...sentence(edited, 'has another text', 'have another text'),
    ...sentence(added, 'is new', 'are new'),
    ...sentence(gone, 'is not there any more', 'are not there any more'),
  ]
}

function sentence(files: readonly string[], one: string, many: string): string[] {
  if (files.length === 0) return []
  const more = files.length > MOST_NAMED ? ` and ${files.length - MOST_NAMED} more` : ''
  const names = `${files.slice(0, MOST_NAMED).join(', ')}${more}`
  return [`${names} ${files.length === 1 ? one : many}`]
}

function engineChanges(
  { engines: before }: RecordedFacts,
  { told }: RecordedRun,
  { engines: now }: PresentFacts,
): string[] {
  return Object.entries(now).flatMap(([name, version]) => {
    const known = Object.hasOwn(before, name) ? before[name]! : null
    // What a service said is compared with what it says once it is up.
    if (known === null || version === null || Object.hasOwn(told, name)) return []
    return known === version ? [] : [`${name} was ${known} and is ${version}`]
  })
}
