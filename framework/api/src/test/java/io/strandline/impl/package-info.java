/** Writers and readers, tested over a log that lives in a few lists and fails on demand. */
@NullMarked
package io.strandline.impl;

import org.jspecify.annotations.NullMarked;
