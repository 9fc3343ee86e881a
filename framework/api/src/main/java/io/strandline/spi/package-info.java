/**
 * What an engine implements, and the formats that engine and application share.
 *
 * <p>Public for engines, and no part of what an application calls. It uses {@code io.strandline}, which does not use it.
 */
@NullMarked
package io.strandline.spi;

import org.jspecify.annotations.NullMarked;
