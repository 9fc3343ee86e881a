/**
 * The entry point over a {@link io.strandline.spi.LogPort}: it opens a log, makes its writers and readers, and ends them with
 * their contexts or with the log. Hidden.
 *
 * <p>The highest room of the API: it uses {@code reader}, {@code writer} and {@code transaction}, and none of them uses it. The
 * public packages find it by a service.
 */
@NullMarked
package io.strandline.impl;

import org.jspecify.annotations.NullMarked;
