/** exceljs types its package as a whole alone. */
declare module 'exceljs/lib/stream/xlsx/workbook-writer.js' {
  const WorkbookWriter: unknown
  export default WorkbookWriter
}
