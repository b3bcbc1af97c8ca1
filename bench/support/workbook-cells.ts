import { writeFileSync } from 'node:fs'
import { unzip } from '../../test/support/unzip.ts'
import { columnOf } from '../../test/support/workbook.ts'

/** Writes the cells of a workbook as rows of JSON, each sheet after its name; returns how many there are. */
export function keepCells(path: string, to: string): number {
  const files = unzip(path)
  const lines: string[] = []
  let cells = 0
  for (let sheet = 1; files.has(`xl/worksheets/sheet${sheet}.xml`); sheet += 1) {
    lines.push(JSON.stringify(`sheet ${sheet}`))
    const xml = files.get(`xl/worksheets/sheet${sheet}.xml`)!.toString()
    for (const [, row = ''] of xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)) {
      const values: (string | number | null)[] = []
      for (const [, letters = '', rest = ''] of row.matchAll(
        /<c r="([A-Z]+)\d+"(.*?)(?:<\/c>|\/>)/gs,
      )) {
        const at = columnOf(letters) - 1
        while (values.length < at) values.push(null)
        const text = /<t(?: [^>]*)?>(.*?)<\/t>/s.exec(rest)?.[1]
        const number = /<v>(.*?)<\/v>/.exec(rest)?.[1]
        values[at] = text ?? (number === undefined ? null : Number(number))
        cells += 1
      }
      lines.push(JSON.stringify(values))
    }
  }
  writeFileSync(to, `${lines.join('\n')}\n`)
  return cells
}
