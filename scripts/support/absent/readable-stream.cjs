// Node's own streams do.
module.exports = require('node:stream')
