// exceljs's streaming writer as it comes, fed with rows: what the workbook of a session is compared with.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import ExcelJS from 'exceljs'

const [, , rows, filename] = process.argv
const book = new ExcelJS.stream.xlsx.WorkbookWriter({ filename })
let sheet = null
for await (const line of createInterface({ input: createReadStream(rows) })) {
  const row = JSON.parse(line)
  if (typeof row === 'string') {
    sheet?.commit()
    sheet = book.addWorksheet(row)
  } else sheet.addRow(row).commit()
}
await book.commit()
