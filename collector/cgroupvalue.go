package collector

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// cgroupStatus is what an error of reading a file of a control group says.
func cgroupStatus(err error) Status {
	switch {
	case err == nil:
		return OK
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, errCgroupGone), errors.Is(err, unix.ENODEV):
		return Unsupported // pressure that is switched off; a group that ends as it is read
	}
	return statusOf(err)
}

// readValue reads a file of one number.
func (d *cgroupDir) readValue(name string, buf []byte) (Value, []byte) {
	n, buf, err := d.readLimit(name, buf)
	if err != nil {
		return Missing(cgroupStatus(err)), buf
	}
	return Of(float64(n)), buf
}

// readLimitValue reads a file of one number; missing where that is "max".
func (d *cgroupDir) readLimitValue(name string, buf []byte) (Value, []byte) {
	n, buf, err := d.readLimit(name, buf)
	switch {
	case err != nil:
		return Missing(cgroupStatus(err)), buf
	case n == noCgroupLimit:
		return Missing(Unsupported), buf
	}
	return Of(float64(n)), buf
}

func (d *cgroupDir) readLimit(name string, buf []byte) (n uint64, rest []byte, err error) {
	buf, err = d.read(name, buf)
	if err != nil {
		return noCgroupLimit, buf, err
	}
	if n, err = parseCgroupNumber(buf); err != nil {
		n = noCgroupLimit
	}
	return n, buf, err
}

// mayBeGone reports whether an error may mean that the group is gone.
func mayBeGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errCgroupGone) || errors.Is(err, unix.ENODEV)
}
