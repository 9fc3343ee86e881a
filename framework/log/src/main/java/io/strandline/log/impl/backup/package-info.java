/**
 * Copies of a whole log: how a running one is copied, what a directory of backups looks like, and how a log is made of a copy
 * again.
 */
@NullMarked
package io.strandline.log.impl.backup;

import org.jspecify.annotations.NullMarked;
