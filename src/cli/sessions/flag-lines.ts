import pc from 'picocolors'
import { clean } from '../../dashboard/text.ts'
import { type FlagCounts, flagText } from '../../report/doubts.ts'

/** The flags of a session's results, with what they say and which numbers they make doubtful; none where there are none. */
export function flagLines(flags: FlagCounts, colors: boolean): string[] {
  const { yellow } = pc.createColors(colors)
  const lines = flags.list().map((one) => yellow(clean(flagText(one, flags.total))))
  return lines.length === 0 ? [] : ['', ...lines]
}
