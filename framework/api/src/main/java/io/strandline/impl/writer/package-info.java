/**
 * Writers: from an event to a parcel that the engine has answered, through refusals and scalings. Hidden.
 *
 * <p>It uses the public packages and {@code spi}, and no reader.
 */
@NullMarked
package io.strandline.impl.writer;

import org.jspecify.annotations.NullMarked;
