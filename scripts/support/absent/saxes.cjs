// Nothing of a workbook is read.
module.exports = {}
