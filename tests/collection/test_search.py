from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from toy_model import ToyModel
from toy_photos import picture, save_photo

from glocal.collection import Collection, Hit, SearchOptions
from glocal.collection.local_index import learn_words
from glocal.collection.similarity_trust import proof_weights, trusted
from glocal.features import View
from glocal.matching import match_features
from glocal.pair import calibration_of


def test_the_same_photo_comes_first_with_the_identity(filled: Collection, photos: Path) -> None:
    ranking = filled.search(photos / "3.png")
    best = ranking[0]
    assert best.path == photos / "3.png"
    assert best.similarity == pytest.approx(1, abs=1e-3)
    assert best.transform is not None
    np.testing.assert_allclose(best.transform, np.eye(3), atol=0.05)
    assert best.inliers is not None
    assert best.inliers > 50
    assert best.probability > 0.99
    assert len(ranking) == 6
    assert all(hit.probability < 0.5 for hit in ranking[1:])


def test_every_hit_is_what_matching_says(filled: Collection, photos: Path, model: ToyModel) -> None:
    query = model.extract(photos / "2.png")
    calibration = calibration_of(model.card, model.preset.name)
    hits = filled.search(photos / "2.png", mode="fast")
    matches = [match_features(query.compact(), filled.features(hit.path)) for hit in hits]
    weights = proof_weights(np.array([match.support for match in matches]), calibration.chance_support)
    told = trusted(np.array([hit.similarity for hit in hits]), weights)
    for hit, match, similarity in zip(hits, matches, told.tolist(), strict=True):
        assert (hit.inliers, hit.correspondences) == (match.inlier_count, len(match))
        support = match.support * (1.0 if hit.agreement is None else hit.agreement.weight)
        assert hit.probability == pytest.approx(calibration.probability(similarity, support, len(match)), abs=1e-6)
        np.testing.assert_array_equal(hit.transform, match.transform)


def test_the_transform_maps_the_query_to_the_photo(filled: Collection) -> None:
    shift = np.array([[1.0, 0, 20], [0, 1, 10]])
    shifted = cv2.warpAffine(picture(4), np.array([[1.0, 0, -20], [0, 1, -10]]), (240, 180))
    best = filled.search(np.asarray(shifted, np.uint8))[0]
    assert best.path.name == "4.png"
    assert best.transform is not None
    np.testing.assert_allclose(best.transform[:2], shift, atol=1)


def test_without_verification_the_order_is_by_similarity(filled: Collection, photos: Path, model: ToyModel) -> None:
    ranking = filled.search(photos / "0.png", rerank=0, mode="fast")
    query = View.of(model.extract(photos / "0.png"))
    nearest = filled.candidates([query], 6)
    assert [hit.path for hit in ranking] == [candidate.path for candidate in nearest]
    assert [hit.similarity for hit in ranking] == [candidate.similarity for candidate in nearest]
    assert all(hit.inliers is None and hit.transform is None for hit in ranking)
    probabilities = [hit.probability or 0.0 for hit in ranking]
    assert probabilities == sorted(probabilities, reverse=True)


def test_top_may_exceed_rerank_and_the_other_way_round(filled: Collection, photos: Path) -> None:
    ranking = filled.search(photos / "0.png", top=5, rerank=2)
    assert [hit.inliers is None for hit in ranking] == [False, False, True, True, True]
    assert len(filled.search(photos / "0.png", top=2, rerank=100)) == 2


def test_the_papers_ranking(filled: Collection, photos: Path) -> None:
    ranking = filled.search(photos / "0.png", ranking="paper")
    inliers = [hit.inliers or 0 for hit in ranking]
    assert ranking.by == "paper"
    assert inliers == sorted(inliers, reverse=True)


def test_a_region_of_a_collage_finds_its_part(filled: Collection, photos: Path) -> None:
    collage = np.concatenate([picture(100), picture(5), picture(101)], axis=1)
    best = filled.search(collage, region=(240, 0, 240, 180))[0]
    assert best.path.name == "5.png"
    assert best.transform is not None
    np.testing.assert_allclose(best.transform[:2], [[1, 0, -240], [0, 1, 0]], atol=1)


@pytest.mark.slow
def test_several_views_find_what_any_of_them_shows(filled: Collection, photos: Path) -> None:
    ranking = filled.search([picture(200), picture(3), picture(1)])
    assert {hit.path.name: hit.view for hit in ranking[:2]} == {"3.png": 1, "1.png": 2}
    alone = {hit.path: hit for hit in filled.search(picture(3))}
    views = [{hit.path: hit for hit in filled.search(picture(seed))} for seed in (200, 3, 1)]
    assert ranking[:2][0].inliers == max(hit[ranking[0].path].inliers or 0 for hit in views)
    for hit in ranking:
        assert hit.similarity == max(view[hit.path].similarity for view in views)
        assert hit.similarity >= alone[hit.path].similarity


def test_views_beyond_the_candidates_of_each(filled: Collection) -> None:
    """With fewer candidates than photos, each still has its greatest similarity over the views."""
    views = [picture(seed) for seed in (0, 1, 2)]
    full = {hit.path: hit.similarity for hit in filled.search(views, rerank=0)}
    for top in range(1, 7):
        few = filled.search(views, rerank=0, top=top)
        assert [hit.similarity for hit in few] == sorted(full.values(), reverse=True)[:top]


@pytest.mark.slow
def test_searches_are_repeatable(filled: Collection, photos: Path, model: ToyModel) -> None:
    def run(collection: Collection) -> list[tuple[object, ...]]:
        hits = collection.search(photos / "1.png")
        return [(hit.path, hit.similarity, hit.inliers, hit.probability, str(hit.transform)) for hit in hits]

    first = run(filled)
    assert run(filled) == first
    with Collection.open(filled.directory, model) as again:
        assert run(again) == first


def test_a_photo_without_local_features_is_still_a_candidate(empty: Collection, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "plain.png"), np.full((64, 64, 3), 200, np.uint8))
    empty.add(tmp_path / "plain.png")
    (hit,) = empty.search(tmp_path / "plain.png")
    assert (hit.inliers, hit.correspondences, hit.transform) == (0, 0, None)


def test_an_empty_collection_finds_nothing(empty: Collection) -> None:
    assert list(empty.search(picture(1))) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [({"top": 0}, "top"), ({"rerank": -1}, "rerank"), ({"ranking": "luck"}, "luck")],
)
def test_options_out_of_range(filled: Collection, options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        filled.search(picture(1), **options)  # type: ignore[arg-type]


def test_views_take_no_region_and_are_not_none(filled: Collection) -> None:
    with pytest.raises(ValueError, match="views"):
        filled.search([])
    with pytest.raises(ValueError, match="views"):
        filled.search([picture(1)], region=(0, 0, 10, 10))


def test_a_model_without_calibration_ranks_by_the_rule_of_the_paper(tmp_path: Path, photos: Path) -> None:
    with Collection.create(tmp_path / "c", ToyModel(calibration=False)) as collection:
        collection.add(photos)
        hits = collection.search(picture(1))
    assert hits.by == "paper"
    inliers = [hit.inliers or 0 for hit in hits]
    assert inliers == sorted(inliers, reverse=True)
    assert all(hit.probability is None and not hit.proved for hit in hits)


def test_hits_carry_the_ids_of_their_photos(filled: Collection, photos: Path) -> None:
    for rerank in (0, 3, 100):
        for hit in filled.search(photos / "0.png", rerank=rerank):
            assert filled.photo(hit.photo).path == hit.path


def test_a_search_in_steps_is_a_search(filled: Collection, photos: Path, model: ToyModel) -> None:
    views = [View.of(model.extract(photos / name)) for name in ("0.png", "4.png")]
    options = SearchOptions(top=4, rerank=3)
    candidates = filled.candidates(views, options.candidates)
    in_steps, whole = filled.rank(views, candidates, options), filled.search_views(views, options)
    assert [_facts(hit) for hit in in_steps] == [_facts(hit) for hit in whole]
    verified = {hit.photo: _facts(hit) for hit in filled.verify(views, candidates)}
    assert list(verified) == [candidate.photo for candidate in candidates]
    assert [verified[hit.photo] for hit in whole if hit.inliers is not None] == [_facts(hit) for hit in whole[:3]]


def test_a_stored_photo_finds_itself(filled: Collection) -> None:
    for record in filled.photos():
        best = filled.search_views([filled.view(record.id)], SearchOptions(top=1))[0]
        assert best.photo == record.id
        assert best.similarity == pytest.approx(1, abs=1e-3)
        assert best.photo_size == (record.width, record.height)


def test_only_allowed_photos_are_candidates(filled: Collection) -> None:
    for record in filled.photos():
        filled.annotate(record.path, {"even": int(record.path.stem) % 2 == 0})
    view = filled.view(next(filled.photos()).id)
    everything = filled.candidates([view], 100)
    even = [one for one in everything if int(one.path.stem) % 2 == 0]
    assert 0 < len(even) < len(everything)
    assert filled.candidates([view], 100, lambda metadata: metadata["even"]) == even
    assert filled.candidates([view], 2, (one.photo for one in even)) == even[:2]
    assert filled.candidates([view], 2, filled.select(lambda metadata: metadata["even"])) == even[:2]
    assert filled.candidates([view], 100, ()) == []


def test_candidates_removed_since_are_left_out(filled: Collection, photos: Path, model: ToyModel) -> None:
    views = [View.of(model.extract(photos / "2.png"))]
    candidates = filled.candidates(views, 100)
    filled.remove(photos / "2.png")
    hits = filled.verify(views, candidates)
    assert [hit.photo for hit in hits] == [one.photo for one in candidates if one.path.name != "2.png"]


def test_unlikely_hits_are_left_out_on_request(filled: Collection, photos: Path, model: ToyModel) -> None:
    views = [View.of(model.extract(photos / "2.png"))]
    likely = filled.search_views(views, SearchOptions(min_probability=0.5, compared=0))
    assert [hit.path.name for hit in likely] == ["2.png"]


def test_what_pixels_find_unlikely_is_left_out_too_and_what_they_find_likely_is_not(
    filled: Collection, photos: Path, model: ToyModel
) -> None:
    views, query = [View.of(model.extract(photos / "2.png"))], [photos / "2.png"]
    everything = filled.search_views(views, SearchOptions())
    for probability in (0.0, 0.5, 1.0):
        options = SearchOptions(min_probability=probability)
        found = filled.search_views(views, options)
        assert [hit.path for hit in found] == [hit.path for hit in everything]
        seen = filled.look_closer(query, found, None, options)
        closer = filled.look_closer(query, found, None, SearchOptions())
        assert [hit.path for hit in seen] == [hit.path for hit in closer if hit.probability >= probability]


def test_another_scale_counts_by_its_local_features(filled: Collection, photos: Path, model: ToyModel) -> None:
    query = model.extract(photos / "2.png")
    other = replace(model.extract(photos / "4.png"), global_descriptor=query.global_descriptor)
    found, same, seen = (
        filled.search_views([View.of(query).with_zoomed(looks)], SearchOptions())
        for looks in ([], [query, query], [other])
    )
    assert [*map(_facts, same)] == [*map(_facts, found)]
    similarities = {hit.path: hit.similarity for hit in found}
    assert {hit.path: hit.similarity for hit in seen} == similarities
    assert {hit.path.name for hit in found if hit.proved} == {"2.png"}
    assert {hit.path.name for hit in seen if hit.proved} == {"2.png", "4.png"}


def _facts(hit: Hit) -> tuple[object, ...]:
    return hit.photo, hit.path, hit.similarity, hit.inliers, hit.probability, hit.view, str(hit.transform)


@pytest.mark.slow
def test_a_mirrored_query_is_mapped_to_the_photo_by_a_thorough_search(filled: Collection) -> None:
    mirrored = np.ascontiguousarray(np.fliplr(picture(2)))
    plain, best = (filled.search(mirrored, mode=mode)[0] for mode in ("balanced", "thorough"))
    assert best.path.name == "2.png"
    assert best.orientation.mirrored
    assert best.transform is not None
    np.testing.assert_allclose(best.transform, [[-1, 0, 239], [0, 1, 0], [0, 0, 1]], atol=0.5)
    query, found = best.inlier_points[:, :2], best.inlier_points[:, 2:]
    np.testing.assert_allclose(query @ best.transform[:2, :2].T + best.transform[:2, 2], found, atol=9)
    assert (best.inliers or 0) > 5 * (plain.inliers or 0)


@pytest.mark.slow
def test_a_small_thing_in_a_large_picture_is_a_candidate_by_its_local_features(
    tmp_path: Path, model: ToyModel, photos: Path
) -> None:
    """Colours of the whole say nothing of what is pasted into a corner; words of its features do."""
    for seed in range(10, 40):
        save_photo(photos / f"{seed}.png", seed)
    found = {path.name: model.extract(path) for path in photos.glob("*.png")}
    codes = np.concatenate([features.compact().codes for features in found.values()])
    model.words = learn_words(codes, groups=8, words_per_group=16).to_array()
    collection = Collection.create(tmp_path / "words", model)
    collection.add([photos])
    query = np.tile(picture(77), (2, 3, 1))
    query[90:270, 240:480] = picture(33)
    view = View.of(model.extract(query))
    similarities = {name: float(features.global_descriptor @ view.descriptor) for name, features in found.items()}
    assert sorted(similarities, key=lambda name: -similarities[name]).index("33.png") >= 10
    candidates = {candidate.path.name: candidate.similarity for candidate in collection.candidates([view], 10)}
    assert candidates["33.png"] == pytest.approx(similarities["33.png"], abs=2e-3)
    assert collection.search_views([view], SearchOptions(rerank=10))[0].path.name == "33.png"
