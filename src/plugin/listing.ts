/** Whether this is `vitest list`: it asks for the files and runs none, so that no run tells which part of the plan it is. */
export function isListing(args: readonly string[] = process.argv.slice(2)): boolean {
  return args.find((each) => !each.startsWith('-')) === 'list'
}
