'use strict'

/**
 * Returns Node's own certificate authorities as PEM, if it has some. Called only if the system has none: Node decodes some
 * 200 kB for it.
 */
function ownRoots() {
  try {
    return require('node:tls').rootCertificates.join('\n')
  } catch {
    return undefined // Another runtime. The core has some, too.
  }
}

module.exports = { ownRoots }
