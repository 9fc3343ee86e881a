/**
 * The store on an event log: {@link io.strandline.sync.log.LogRevisionStore}, through the public interfaces of the log alone,
 * so at every distance at which these work.
 */
@NullMarked
package io.strandline.sync.log;

import org.jspecify.annotations.NullMarked;
