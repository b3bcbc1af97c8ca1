/** What ends a scenario file's name, and is not part of its stem. */
export const SCENARIO_ENDING: RegExp = /\.scenario\.[cm]?[jt]sx?$/

/** What a plan and rows call a scenario file: its path below its domain's folder, without its ending. */
export function stemOf(path: string): string {
  return path.replace(SCENARIO_ENDING, '')
}

/** The same of a file that is named by its path from the project's root. */
export function stemWithin(file: string, domain: string): string {
  const [, inDomain] = file.split(`scenarios/${domain}/`)
  return stemOf(inDomain ?? file)
}

/** The stem in the name of a row, `{stem} > {full name of the test}`. */
export function stemOfName(name: string): string {
  return name.split(' > ')[0] ?? name
}
