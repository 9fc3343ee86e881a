package io.strandline.processing.pipeline.impl.state;

import io.strandline.processing.pipeline.Windowed;
import java.util.List;

/** A store that has windows for each key. */
public interface WindowsOfKeys {

    /** The windows of a key that an event may still change, by their starts. The list is a copy. */
    List<Windowed<Object>> windowsOf(String key);
}
