@NullMarked
package io.strandline.internal;

import org.jspecify.annotations.NullMarked;
