package io.strandline.sync.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Adds news to the map's news of a name, if they are newer. Answers 0 if the newest revision of the news is the newest
 * one known, under their epoch. Otherwise answers the epoch of the news that are kept instead.
 */
final class PublishNews implements EntryProcessor<String, StoredNews, Long>, SyncData {

    private static final long serialVersionUID = 1L;

    private transient StoredNews news;

    /** To be read. */
    PublishNews() {
        this(new StoredNews());
    }

    PublishNews(StoredNews news) {
        this.news = news;
    }

    @Override
    public Long process(Map.Entry<String, StoredNews> entry) {
        @Nullable StoredNews before = entry.getValue();
        if (before == null || news.isNewerThan(before)) {
            ((ExtendedMapEntry<String, StoredNews>) entry)
                    .setValue(
                            before == null ? news : before.with(news),
                            NewsMap.keptSeconds(entry.getKey()),
                            TimeUnit.SECONDS);
            return 0L;
        }
        boolean same = before.epoch() == news.epoch() && before.newest().equals(news.newest());
        return same ? 0L : before.epoch();
    }

    @Override
    public @Nullable EntryProcessor<String, StoredNews, Long> getBackupProcessor() {
        return null; // there is none
    }

    @Override
    public int getClassId() {
        return SyncClassIds.PUBLISH_NEWS;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        news.writeData(out);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        news.readData(in);
    }
}
