/** Writers, readers and the entry point over a {@link io.strandline.spi.LogPort}. Hidden from applications. */
@NullMarked
package io.strandline.impl;

import org.jspecify.annotations.NullMarked;
