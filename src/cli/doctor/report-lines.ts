import pc from 'picocolors'
import type { Report, Standing } from './finding.ts'

const STATUS_WIDTH = 9
const SUBJECT_WIDTH = 11

/** A report for people: a line a finding, what is said beyond the first line and the remedy below it. */
export function reportLines({ findings, can_run, plan }: Report, colors: boolean): string[] {
  const paint = pc.createColors(colors)
  const colour: Record<Standing, (text: string) => string> = {
    ok: paint.green,
    warn: paint.yellow,
    missing: paint.red,
  }
  const indent = ' '.repeat(STATUS_WIDTH + SUBJECT_WIDTH)
  const lines = findings.flatMap(({ status, subject, name, message, fix }) => {
    const [first, ...more] = message.split('\n')
    const head = `${colour[status](status.padEnd(STATUS_WIDTH))}${subject.padEnd(SUBJECT_WIDTH)}`
    return [
      `${head}${paint.bold(name)}  ${first}`,
      ...more.map((line) => (line === '' ? '' : indent + line)),
      ...(fix ?? '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => `${indent}${paint.cyan(`→ ${line}`)}`),
    ]
  })
  const count = findings.filter(({ status }) => status === 'missing').length
  const things = count === 1 ? '1 thing is' : `${count} things are`
  const verdict = can_run ? `${plan} can run.` : `${plan} cannot run as it is: ${things} missing.`
  return [...lines, '', verdict]
}
