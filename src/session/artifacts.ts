import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Absolute paths of what a session has for people; null for what is not there. */
export function artifactsOf(session: string): {
  session: string
  workbook: string | null
  report: string | null
} {
  const present = (name: string): string | null => {
    const path = join(session, name)
    return existsSync(path) ? path : null
  }
  return { session, workbook: present('report.xlsx'), report: present('report.html') }
}
